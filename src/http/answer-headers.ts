import type { Answer } from '../gateway/index.ts'
import { toDecimal } from '../shared/money.ts'

/** What every answer of a route that spends money says of itself (wire rule 17). Costs are there once they are known. */
export function answerHeaders(answer: Answer): Record<string, string> {
  const headers: Record<string, string> = {
    ...callHeaders(answer.callId),
    'x-catraca-cache': answer.cache,
    'x-catraca-provider': answer.provider,
    'x-catraca-model': inHeader(answer.model),
    'x-catraca-via': answer.via,
  }
  if (answer.similarity !== undefined) headers['x-catraca-cache-similarity'] = answer.similarity.toFixed(4)
  if (answer.fallbackReason !== undefined) headers['x-catraca-fallback'] = answer.fallbackReason
  if (answer.costUsd !== undefined) headers['x-catraca-cost-usd'] = toDecimal(answer.costUsd)
  if (answer.costBrl !== undefined) headers['x-catraca-cost-brl'] = toDecimal(answer.costBrl)
  return headers
}

/** An operator may call a model as they like, and a header takes no letter beyond Latin-1: the call would be paid and not answered. */
function inHeader(name: string): string {
  return name.replace(/[^\x20-\x7e]+/g, encodeURIComponent)
}

/** What also a refusal carries that no provider was asked for. The id goes by the name that each SDK reads: OpenAI's, then Anthropic's. */
export function callHeaders(callId: string): Record<string, string> {
  return {
    'x-catraca-call-id': callId,
    'x-request-id': callId,
    'request-id': callId,
    'x-catraca-cache': 'off',
    'cache-control': 'no-store',
  }
}

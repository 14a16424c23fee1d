import type { GatewayError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import type { TokenUsage } from '../../usage/index.ts'
import { errorInAnswer } from '../openai-chat/error.ts'

/** An error in place of an answer, after the provider had said 200. */
export function errorOf(body: unknown): GatewayError | undefined {
  return isRecord(body) && body.error != null ? errorInAnswer(body.error, false) : undefined
}

/** `{prompt_tokens, total_tokens}` of embeddings. As it was said: nonsense is for the ledger's check to refuse. */
export function inputUsage(usage: unknown): TokenUsage | undefined {
  if (!isRecord(usage)) return undefined
  const inputTokens = numberOf(usage.prompt_tokens ?? usage.total_tokens)
  return inputTokens === undefined ? undefined : tokensOf(inputTokens, 0)
}

/** `{input_tokens, output_tokens}` of images and transcripts. */
export function mediaUsage(usage: unknown): TokenUsage | undefined {
  if (!isRecord(usage)) return undefined
  const inputTokens = numberOf(usage.input_tokens)
  const outputTokens = numberOf(usage.output_tokens)
  return inputTokens === undefined || outputTokens === undefined ? undefined : tokensOf(inputTokens, outputTokens)
}

/** Seconds as milliseconds; undefined for what is no length of time. */
export function millisecondsOf(seconds: unknown): number | undefined {
  const value = typeof seconds === 'string' ? Number(seconds) : seconds
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value * 1000) : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function tokensOf(inputTokens: number, outputTokens: number): TokenUsage {
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens, cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 }
}

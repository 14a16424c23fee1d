import { isRecord } from '../../shared/is-record.ts'
import type { TokenUsage } from '../../usage/index.ts'
import type { AnswerReport } from '../dialect.ts'
import { readMetadata } from '../openai-chat/read-answer.ts'
import { fromWireUsage, type UsageHints } from '../openai-chat/wire-usage.ts'

/** Notes what a response object says of itself, as far as it has come. The newest usage stands. */
export function readResponse(response: Record<string, unknown>, report: AnswerReport): void {
  if (report.model === undefined && typeof response.model === 'string' && response.model !== '') report.model = response.model
  const hints: UsageHints = {}
  readMetadata(response, report, hints)
  report.usage = fromResponseUsage(response.usage, hints) ?? report.usage
  if (response.status === 'completed') report.finishReason = hasCalls(response.output) ? 'tool_calls' : 'stop'
  else if (response.status === 'incomplete') report.finishReason = reasonOf(response.incomplete_details)
}

/** What the model wrote in these items: text, reasoning, refusals and what it called. Not ids, and nothing that is encrypted. */
export function generatedBytes(items: readonly unknown[]): number {
  let bytes = 0
  for (const item of items) {
    if (!isRecord(item)) continue
    for (const parts of [item.content, item.summary]) {
      if (!Array.isArray(parts)) continue
      for (const part of parts) if (isRecord(part)) bytes += textBytes(part.text) + textBytes(part.refusal)
    }
    bytes += textBytes(item.name) + textBytes(item.arguments) + textBytes(item.input)
  }
  return bytes
}

// The numbers are those of a chat completion, under other names.
function fromResponseUsage(usage: unknown, hints: UsageHints): TokenUsage | undefined {
  if (!isRecord(usage)) return undefined
  const named = {
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
    total_tokens: usage.total_tokens,
    prompt_tokens_details: usage.input_tokens_details,
    completion_tokens_details: usage.output_tokens_details,
    cache_creation_input_tokens: usage.cache_creation_input_tokens,
  }
  return fromWireUsage(named, hints)
}

function hasCalls(output: unknown): boolean {
  return Array.isArray(output) && output.some((item) => isRecord(item) && isCall(item))
}

/** Everything but a message and the thinking before it asks the caller for something. */
export function isCall({ type }: Record<string, unknown>): boolean {
  return typeof type === 'string' && type !== 'message' && type !== 'reasoning'
}

function reasonOf(details: unknown): string {
  const reason = isRecord(details) ? details.reason : undefined
  return reason === 'content_filter' ? 'content_filter' : 'length'
}

function textBytes(value: unknown): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0
}

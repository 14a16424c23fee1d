import { isRecord } from '../../shared/is-record.ts'
import type { TokenUsage } from '../../usage/index.ts'

/** What `provider_metadata` knows better than `usage` does; see `readMetadata`. */
export interface UsageHints {
  totalTokens?: number
  cacheWriteOneHourTokens?: number
}

/**
 * OpenAI's `usage` as ours; undefined when none was reported. Total over anything: what is not a number becomes NaN and what is
 * negative stays so, because the ledger's check must see nonsense as nonsense and not as 0.
 *
 * Two providers leave thinking out of `completion_tokens`: Google's endpoint shows it in the total only, Vercel's in
 * `reasoning_tokens` only. It is output and billed as such.
 */
export function fromWireUsage(wire: unknown, hints: UsageHints = {}): TokenUsage | undefined {
  if (!isRecord(wire) || (wire.prompt_tokens == null && wire.completion_tokens == null)) return undefined
  const inputDetails = isRecord(wire.prompt_tokens_details) ? wire.prompt_tokens_details : {}
  const outputDetails = isRecord(wire.completion_tokens_details) ? wire.completion_tokens_details : {}
  const inputTokens = count(wire.prompt_tokens)
  const completion = count(wire.completion_tokens)
  const reasoning = count(outputDetails.reasoning_tokens)
  const reported = wire.total_tokens == null ? inputTokens + completion : count(wire.total_tokens)
  const usage: TokenUsage = {
    inputTokens,
    cachedTokens: count(inputDetails.cached_tokens),
    cacheWriteTokens: count(inputDetails.cache_write_tokens ?? wire.cache_creation_input_tokens),
    outputTokens: completion,
    reasoningTokens: reasoning,
    totalTokens: reported,
  }
  if (hints.cacheWriteOneHourTokens !== undefined) usage.cacheWriteOneHourTokens = hints.cacheWriteOneHourTokens
  const isPlausible = inputTokens >= 0 && completion >= 0 && reasoning >= 0 && reported >= inputTokens + completion
  if (!isPlausible) return usage
  const beside = reasoning > completion ? completion + reasoning : completion
  usage.outputTokens = Math.max(beside, reported - inputTokens, (hints.totalTokens ?? 0) - inputTokens)
  usage.reasoningTokens = Math.max(reasoning, usage.outputTokens - completion)
  usage.totalTokens = inputTokens + usage.outputTokens
  return usage
}

/** Our usage as OpenAI's. */
export function toWireUsage(usage: TokenUsage): Record<string, unknown> {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.totalTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedTokens,
      ...(usage.cacheWriteTokens > 0 ? { cache_write_tokens: usage.cacheWriteTokens } : {}),
    },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  }
}

function count(value: unknown): number {
  if (value === undefined || value === null) return 0
  return typeof value === 'number' ? value : Number.NaN
}

import { isRecord } from '../../shared/is-record.ts'
import type { TokenUsage } from '../../usage/index.ts'

/** Anthropic's `usage`, as far as it has been told: the fields of `message_start`, then those of `message_delta` in their place. */
export type WireUsage = Record<string, unknown>

/** What is told later is the total so far and stands in the place of what was told before; null says nothing. */
export function mergeWireUsage(known: WireUsage | undefined, told: unknown): WireUsage | undefined {
  if (!isRecord(told)) return known
  const said = Object.entries(told).filter(([, value]) => value != null)
  return said.length === 0 ? known : { ...known, ...Object.fromEntries(said) }
}

/**
 * Anthropic's usage as ours; undefined when none was reported. `input_tokens` leaves out what was read from or written to the cache,
 * which stands beside it. What is not a number becomes NaN and what is negative stays so: the ledger's check must see nonsense as it is.
 */
export function fromWireUsage(wire: WireUsage | undefined): TokenUsage | undefined {
  if (wire === undefined || (wire.input_tokens == null && wire.output_tokens == null)) return undefined
  const creation = isRecord(wire.cache_creation) ? wire.cache_creation : {}
  const oneHour = count(creation.ephemeral_1h_input_tokens)
  const written =
    wire.cache_creation_input_tokens == null ? count(creation.ephemeral_5m_input_tokens) + oneHour : count(wire.cache_creation_input_tokens)
  const cachedTokens = count(wire.cache_read_input_tokens)
  const inputTokens = count(wire.input_tokens) + cachedTokens + written
  const outputTokens = count(wire.output_tokens)
  const details = isRecord(wire.output_tokens_details) ? wire.output_tokens_details : {}
  return {
    inputTokens,
    cachedTokens,
    cacheWriteTokens: written,
    ...(oneHour === 0 ? {} : { cacheWriteOneHourTokens: oneHour }),
    outputTokens,
    reasoningTokens: count(details.thinking_tokens),
    totalTokens: inputTokens + outputTokens,
  }
}

/** Our usage as Anthropic's. */
export function toWireUsage(usage: TokenUsage): WireUsage {
  const oneHour = usage.cacheWriteOneHourTokens ?? 0
  return {
    input_tokens: usage.inputTokens - usage.cachedTokens - usage.cacheWriteTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cachedTokens,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWriteTokens - oneHour, ephemeral_1h_input_tokens: oneHour },
    output_tokens: usage.outputTokens,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
    server_tool_use: null,
    service_tier: 'standard',
  }
}

function count(value: unknown): number {
  if (value === undefined || value === null) return 0
  return typeof value === 'number' ? value : Number.NaN
}

import type { AuditedRow } from '../ledger/index.ts'
import type { BookedAttempt, BookedCost } from '../pricing/index.ts'
import type { MeasuredUnits, TokenUsage } from '../usage/index.ts'

/** A row of the ledger in the words of pricing. */
export function toBookedCost(row: Omit<AuditedRow, 'client' | 'call_id'>): BookedCost {
  const count = (value: bigint | null) => Number(value ?? 0n)
  return {
    apiType: row.api_type ?? '',
    status: row.status ?? '',
    wasCached: row.was_cached === true,
    priceId: row.price_id ?? undefined,
    usage: {
      inputTokens: count(row.input_tokens),
      cachedTokens: count(row.cached_tokens),
      cacheWriteTokens: count(row.cache_write_tokens),
      outputTokens: count(row.output_tokens),
      reasoningTokens: count(row.reasoning_tokens),
      totalTokens: count(row.total_tokens),
    },
    units: readUnits(row.api_type, row.units),
    attempts: readAttempts(row.attempts),
    costUsd: row.cost_usd,
    costBrl: row.cost_brl,
    usdBrlRate: row.usd_brl_rate,
  }
}

/** The column as it is; what is no attempt is left out. */
export function listAttempts(attempts: unknown): Record<string, unknown>[] {
  return Array.isArray(attempts) ? attempts.filter((attempt) => typeof attempt === 'object' && attempt !== null) : []
}

/** The column's one number, in the unit of the kind of call. */
function readUnits(apiType: string | null, units: string | null): MeasuredUnits | undefined {
  const count = Number(units)
  if (units === null || !Number.isFinite(count)) return undefined
  if (apiType === 'transcription') return { audioMs: Math.round(count * 1000) }
  return apiType === 'speech' ? { characters: count } : { images: count }
}

function readAttempts(attempts: unknown): BookedAttempt[] {
  return listAttempts(attempts).map((attempt) => ({
    provider: textOf(attempt.provider) ?? '',
    model: textOf(attempt.model) ?? '',
    costUsd: textOf(attempt.cost_usd),
    tokens: countOf(attempt.tokens) ?? 0,
    priceId: textOf(attempt.price_id),
    usage: usageOf(attempt),
  }))
}

/** Undefined where only the sum was written down. */
function usageOf(attempt: Record<string, unknown>): TokenUsage | undefined {
  const inputTokens = countOf(attempt.input_tokens)
  const outputTokens = countOf(attempt.output_tokens)
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  return {
    inputTokens,
    cachedTokens: countOf(attempt.cached_tokens) ?? 0,
    cacheWriteTokens: countOf(attempt.cache_write_tokens) ?? 0,
    // A record with its counts has this one as well, unless it is none.
    cacheWriteOneHourTokens: countOf(attempt.cache_write_1h_tokens) ?? 0,
    outputTokens,
    reasoningTokens: 0,
    totalTokens: inputTokens + outputTokens,
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

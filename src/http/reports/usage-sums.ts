import { z } from 'zod'
import { formatDecimal, parseDecimal } from '../../shared/money.ts'
import type { UsageSums } from '../../usage/index.ts'
import { amount, count } from '../api/index.ts'

/** Of costs and sums of them, as their columns have. */
const costDigits = 12

/**
 * What is summed of calls. A cost is null where no call of these has a known price. `unpriced` are those that are not in `cost_brl`:
 * without a price, or without an exchange rate, and then in `cost_usd` alone.
 */
export const sums = {
  calls: count,
  errors: count,
  cache_hits: count,
  orphaned: count,
  unpriced: count,
  input_tokens: count,
  output_tokens: count,
  cached_tokens: count,
  cache_write_tokens: count,
  reasoning_tokens: count,
  total_tokens: count,
  cost_brl: amount.nullable(),
  cost_usd: amount.nullable(),
  saved_brl: amount,
  saved_usd: amount,
}
export const sumsObject = z.object(sums)
export type Sums = z.input<typeof sumsObject>

export function sumsToJson(row: UsageSums): Sums {
  return {
    calls: row.calls,
    errors: row.errors,
    cache_hits: row.cache_hits,
    orphaned: row.orphaned,
    unpriced: row.unpriced_brl,
    input_tokens: row.input_tokens,
    output_tokens: row.output_tokens,
    cached_tokens: row.cached_tokens,
    cache_write_tokens: row.cache_write_tokens,
    reasoning_tokens: row.reasoning_tokens,
    total_tokens: row.total_tokens,
    cost_brl: row.cost_brl,
    cost_usd: row.cost_usd,
    saved_brl: row.saved_brl,
    saved_usd: row.saved_usd,
  }
}

/** Of no calls. */
export const noSums: Sums = Object.freeze({
  calls: 0,
  errors: 0,
  cache_hits: 0,
  orphaned: 0,
  unpriced: 0,
  input_tokens: 0,
  output_tokens: 0,
  cached_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  total_tokens: 0,
  cost_brl: '0',
  cost_usd: '0',
  saved_brl: '0',
  saved_usd: '0',
})

/** Exact, whatever the currency; null adds nothing. */
export function addAmounts(amounts: readonly (string | null)[]): string {
  return formatDecimal(
    amounts.reduce((sum, text) => sum + (text === null ? 0n : parseDecimal(text, costDigits)), 0n),
    costDigits,
  )
}

/** Of a call as it counts, one by one. `status` is also 'released': an orphan of which it was told late that it never came to pass. */
export interface CountedCall {
  id: bigint
  created_at: Date
  call_id: string
  client_id: string
  request_id: string | null
  source: string
  api_type: string
  provider: string
  model_name: string
  /** The alias that was asked for. */
  requested_model: string | null
  via: string | null
  input_tokens: bigint
  output_tokens: bigint
  cached_tokens: bigint
  cache_write_tokens: bigint
  reasoning_tokens: bigint
  total_tokens: bigint
  /** Amounts are exact decimals; null where none is known. */
  units: string | null
  cost_usd: string | null
  cost_brl: string | null
  usd_brl_rate: string | null
  /** What an answer from the response cache had cost; null for any other. */
  saved_usd: string | null
  saved_brl: string | null
  latency_ms: number | null
  first_token_ms: number | null
  was_cached: boolean
  was_fallback: boolean
  fallback_reason: string | null
  status: string
  error_code: string | null
  flags: string[]
  /** It was charged as an estimate, and this is the truth that came later. */
  was_corrected: boolean
}

const amounts = ['units', 'cost_usd', 'cost_brl', 'usd_brl_rate', 'saved_usd', 'saved_brl']
const booked = `id, created_at, call_id, client_id, request_id, source, api_type, provider, model_name, requested_model, via, input_tokens,
  output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, units, cost_usd, cost_brl, usd_brl_rate, saved_usd, saved_brl,
  latency_ms, first_token_ms, was_cached, was_fallback, fallback_reason, status, error_code, flags`

/** The columns of `CountedCall`, of a row `l` of `fromCalls`. */
export const callColumns = `${booked}, was_corrected`
  .split(',')
  .map((name) => name.trim())
  .map((name) => (amounts.includes(name) ? `trim_scale(l.${name}) as ${name}` : `l.${name}`))
  .join(', ')

/**
 * The calls `l` that are so, as they count: rows, and of orphans the truth where it came late, which is why these are looked up apart (by
 * gateway_usage_logs_orphaned). `first` is `order by … limit …` for a page: each part is read in that order until it is full.
 */
export function fromCalls(where: string, first = ''): string {
  return `(
    (select ${booked}, false as was_corrected from gateway_usage_logs l where l.status <> 'orphaned' and ${where} ${first})
    union all
    (select ${booked}, was_corrected from usage_orphans l where ${where} ${first})
  ) l`
}

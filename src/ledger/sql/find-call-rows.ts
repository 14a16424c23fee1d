import type { Queryable } from '../../database/index.ts'

/** A whole row of gateway_usage_logs with its client. Amounts are exact decimals. */
export interface CallRow {
  call_id: string
  client: string
  time_zone: string
  created_at: Date
  request_id: string | null
  source: string
  api_type: string
  provider: string
  model_name: string
  via: string | null
  input_tokens: bigint
  cached_tokens: bigint
  cache_write_tokens: bigint
  output_tokens: bigint
  reasoning_tokens: bigint
  total_tokens: bigint
  units: string | null
  latency_ms: number | null
  first_token_ms: number | null
  was_cached: boolean
  saved_usd: string | null
  saved_brl: string | null
  was_fallback: boolean
  fallback_reason: string | null
  /** The alias that was asked for. */
  requested_model: string | null
  attempts: unknown
  cost_usd: string | null
  cost_brl: string | null
  usd_brl_rate: string | null
  rate_source: string | null
  rate_at: Date | null
  price_id: string | null
  status: string
  error_code: string | null
  flags: string[]
}

/** The row of a call; more than one would be a fault, and all are answered. Uses the primary key of each month. */
export async function findCallRows(db: Queryable, callId: string): Promise<CallRow[]> {
  return await db.query<CallRow>(
    `select l.call_id, c.slug as client, c.time_zone, l.created_at, l.request_id, l.source, l.api_type, l.provider, l.model_name, l.via,
       l.input_tokens, l.cached_tokens, l.cache_write_tokens, l.output_tokens, l.reasoning_tokens, l.total_tokens,
       trim_scale(l.units) as units, l.latency_ms,
       l.first_token_ms, l.was_cached, trim_scale(l.saved_usd) as saved_usd, trim_scale(l.saved_brl) as saved_brl, l.was_fallback,
       l.fallback_reason, l.requested_model, l.attempts, trim_scale(l.cost_usd) as cost_usd,
       trim_scale(l.cost_brl) as cost_brl, trim_scale(l.usd_brl_rate) as usd_brl_rate, l.rate_source, l.rate_at, l.price_id, l.status,
       l.error_code, l.flags
     from gateway_usage_logs l join clients c on c.id = l.client_id
     where l.call_id = $1
     order by l.created_at`,
    [callId],
  )
}

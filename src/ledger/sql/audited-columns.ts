/** What a row's figures are judged by. A record of late truth may lack any of them. */
export interface AuditedRow {
  call_id: string
  client: string | null
  api_type: string | null
  status: string | null
  was_cached: boolean | null
  input_tokens: bigint | null
  cached_tokens: bigint | null
  cache_write_tokens: bigint | null
  output_tokens: bigint | null
  reasoning_tokens: bigint | null
  total_tokens: bigint | null
  units: string | null
  attempts: unknown
  cost_usd: string | null
  cost_brl: string | null
  usd_brl_rate: string | null
  price_id: string | null
}

/** Of a row `r` of gateway_usage_logs, or of a record of the same type. */
export const auditedColumns = `
  r.api_type, r.status, r.was_cached, r.input_tokens, r.cached_tokens, r.cache_write_tokens, r.output_tokens, r.reasoning_tokens,
  r.total_tokens, trim_scale(r.units) as units, r.attempts, r.cost_usd, r.cost_brl, r.usd_brl_rate, r.price_id`

import type { Queryable } from '../../src/database/index.ts'
import { newId } from '../../src/shared/id.ts'

export interface UsageRowWish {
  call_id?: string
  client_id: string
  created_at: string
  provider?: string
  model_name?: string
  api_type?: string
  source?: string
  via?: string
  input_tokens?: number
  output_tokens?: number
  cached_tokens?: number
  total_tokens?: number
  units?: number | null
  latency_ms?: number | null
  first_token_ms?: number | null
  was_cached?: boolean
  was_fallback?: boolean
  fallback_reason?: string | null
  cost_usd?: string | null
  cost_brl?: string | null
  saved_usd?: string | null
  saved_brl?: string | null
  usd_brl_rate?: string | null
  rate_source?: string | null
  request_id?: string | null
  status?: string
  error_code?: string | null
}

/** Rows as the ledger books them, with all triggers. */
export async function addUsageRows(db: Queryable, rows: readonly UsageRowWish[]): Promise<void> {
  const full = rows.map((row) => ({
    call_id: newId(),
    source: 'api',
    api_type: 'chat',
    provider: 'openai',
    model_name: 'gpt-4o-mini',
    via: 'direct',
    input_tokens: 10,
    output_tokens: 5,
    cached_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    total_tokens: 15,
    was_cached: false,
    was_fallback: false,
    attempts: [],
    flags: [],
    charges: [],
    status: 'ok',
    cost_usd: '0.000002',
    cost_brl: '0.000011',
    usd_brl_rate: '5.5',
    rate_source: 'env',
    latency_ms: 100,
    ...row,
  }))
  await db.query(
    `insert into gateway_usage_logs (call_id, client_id, request_id, source, api_type, provider, model_name, via, input_tokens, output_tokens,
       cached_tokens, total_tokens, units, latency_ms, first_token_ms, was_cached, was_fallback, fallback_reason, cost_usd, cost_brl, saved_usd,
       saved_brl, usd_brl_rate, rate_source, status, error_code, created_at)
     select call_id, client_id, request_id, source, api_type, provider, model_name, via, input_tokens, output_tokens, cached_tokens, total_tokens,
       units, latency_ms, first_token_ms, was_cached, was_fallback, fallback_reason, cost_usd, cost_brl, saved_usd, saved_brl, usd_brl_rate,
       rate_source, status, error_code, created_at
     from jsonb_populate_recordset(null::gateway_usage_logs, $1::jsonb)`,
    [JSON.stringify(full)],
  )
}

import type { Queryable } from '../../database/index.ts'
import { filterParams, fromUsage, type UsageFilter } from './usage-filter.ts'

/** A row of gateway_usage_logs with its client; amounts are exact decimals. */
export interface UsageRow {
  call_id: string
  request_id: string | null
  created_at: Date
  client_id: string
  client: string
  time_zone: string
  source: string
  api_type: string
  provider: string
  model_name: string
  via: string | null
  input_tokens: bigint
  output_tokens: bigint
  cached_tokens: bigint
  cache_write_tokens: bigint
  reasoning_tokens: bigint
  total_tokens: bigint
  cost_usd: string | null
  cost_brl: string | null
  usd_brl_rate: string | null
  latency_ms: number | null
  first_token_ms: number | null
  was_cached: boolean
  /** What an answer from the response cache had cost; null for any other. */
  saved_usd: string | null
  saved_brl: string | null
  was_fallback: boolean
  fallback_reason: string | null
  status: string
  error_code: string | null
  flags: string[]
}

/** Newest first. */
export async function findUsage(db: Queryable, filter: UsageFilter, limit: number): Promise<UsageRow[]> {
  return await db.query<UsageRow>(
    `select l.call_id, l.request_id, l.created_at, l.client_id, c.slug as client, c.time_zone, l.source, l.api_type, l.provider, l.model_name,
       l.via, l.input_tokens, l.output_tokens, l.cached_tokens, l.cache_write_tokens, l.reasoning_tokens, l.total_tokens,
       trim_scale(l.cost_usd) as cost_usd, trim_scale(l.cost_brl) as cost_brl, trim_scale(l.usd_brl_rate) as usd_brl_rate, l.latency_ms,
       l.first_token_ms, l.was_cached, trim_scale(l.saved_usd) as saved_usd, trim_scale(l.saved_brl) as saved_brl, l.was_fallback, l.fallback_reason, l.status, l.error_code, l.flags
     ${fromUsage}
     order by l.created_at desc, l.id desc
     limit $4`,
    [...filterParams(filter), limit],
  )
}

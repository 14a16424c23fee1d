import type { Queryable } from '../../database/index.ts'
import { inScope, type UsageScope } from './usage-window.ts'

/** A row of gateway_usage_logs as it was booked; amounts are exact decimals. `at` is `created_at` to the microsecond. */
export interface ListedCall {
  id: bigint
  at: string
  call_id: string
  request_id: string | null
  created_at: Date
  client: string
  source: string
  api_type: string
  provider: string
  model_name: string
  requested_model: string | null
  via: string | null
  input_tokens: bigint
  output_tokens: bigint
  cached_tokens: bigint
  cache_write_tokens: bigint
  reasoning_tokens: bigint
  total_tokens: bigint
  units: string | null
  cost_usd: string | null
  cost_brl: string | null
  usd_brl_rate: string | null
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
}

export type CallSort = 'created_at' | 'cost_brl' | 'total_tokens' | 'latency_ms'

export interface CallsWish extends UsageScope {
  from: Date
  to: Date
  status?: string | undefined
  errorCode?: string | undefined
  source?: string | undefined
  wasCached?: boolean | undefined
  wasFallback?: boolean | undefined
  minCostBrl?: string | undefined
  callId?: string | undefined
  requestId?: string | undefined
  sort: CallSort
  order: 'asc' | 'desc'
  /** The last row of the page before: its value of what is sorted by, and its id. */
  after: readonly [value: string, id: string] | undefined
  limit: number
}

/** What is unknown stands below 0. */
const sorts: Record<CallSort, { value: string; type: string }> = {
  created_at: { value: 'l.created_at', type: 'timestamptz' },
  cost_brl: { value: 'coalesce(l.cost_brl, -1)', type: 'numeric' },
  total_tokens: { value: 'l.total_tokens', type: 'bigint' },
  latency_ms: { value: 'coalesce(l.latency_ms, -1)', type: 'integer' },
}

/**
 * Rows of one page. By time it reads gateway_usage_logs_client or gateway_usage_logs_created_at in order (what failed or fell back by
 * gateway_usage_logs_failed) and stops at the limit; any other order reads all rows of the window, which those indexes find.
 */
export async function listCalls(db: Queryable, wish: CallsWish): Promise<ListedCall[]> {
  const { value, type } = sorts[wish.sort]
  const isBefore = wish.order === 'desc' ? '<' : '>'
  // Months that a page cannot reach any more are left out, which a comparison of two columns at once does not do.
  const bound = wish.sort === 'created_at' ? `and ($4::${type} is null or l.created_at ${isBefore}= $4)` : ''
  return await db.query<ListedCall>(
    `select l.id, l.created_at::text as at, l.call_id, l.request_id, l.created_at, c.slug as client, l.source, l.api_type, l.provider, l.model_name,
       l.requested_model, l.via, l.input_tokens, l.output_tokens, l.cached_tokens, l.cache_write_tokens, l.reasoning_tokens, l.total_tokens,
       trim_scale(l.units) as units, trim_scale(l.cost_usd) as cost_usd, trim_scale(l.cost_brl) as cost_brl,
       trim_scale(l.usd_brl_rate) as usd_brl_rate, trim_scale(l.saved_usd) as saved_usd, trim_scale(l.saved_brl) as saved_brl, l.latency_ms,
       l.first_token_ms, l.was_cached, l.was_fallback, l.fallback_reason, l.status, l.error_code, l.flags
     from (
       select * from gateway_usage_logs l
       where l.created_at >= $2 and l.created_at < $3 and ${inScope(1, 7)} ${bound}
         and ($4::${type} is null or (${value}, l.id) ${isBefore} ($4::${type}, $5::bigint))
         and ($10::text is null or status = $10) and ($11::text is null or error_code = $11) and ($12::text is null or source = $12)
         and ($13::boolean is null or was_cached = $13) and ($14::boolean is null or was_fallback = $14)
         and ($15::numeric is null or cost_brl >= $15)
         and ($16::uuid is null or call_id = $16) and ($17::text is null or request_id = $17)
       order by ${value} ${wish.order}, l.id ${wish.order}
       limit $6
     ) l join clients c on c.id = l.client_id
     order by ${value} ${wish.order}, l.id ${wish.order}`,
    [
      wish.clientId,
      wish.from,
      wish.to,
      wish.after?.[0],
      wish.after?.[1],
      wish.limit,
      wish.provider,
      wish.model,
      wish.apiType,
      wish.status,
      wish.errorCode,
      wish.source,
      wish.wasCached,
      wish.wasFallback,
      wish.minCostBrl,
      wish.callId,
      wish.requestId,
    ],
  )
}

import type { Queryable } from '../../database/index.ts'
import { type CountedCall, callColumns, fromCalls } from './from-calls.ts'
import { inScope, type UsageScope } from './usage-window.ts'

/** A call as it counts, with its client. `at` is `created_at` to the microsecond. */
export interface ListedCall extends CountedCall {
  at: string
  client: string
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
  const asked = `l.created_at >= $2 and l.created_at < $3 and ${inScope(1, 7)} ${bound}
    and ($4::${type} is null or (${value}, l.id) ${isBefore} ($4::${type}, $5::bigint))
    and ($10::text is null or status = $10) and ($11::text is null or error_code = $11) and ($12::text is null or source = $12)
    and ($13::boolean is null or was_cached = $13) and ($14::boolean is null or was_fallback = $14)
    and ($15::numeric is null or cost_brl >= $15)
    and ($16::uuid is null or call_id = $16) and ($17::text is null or request_id = $17)`
  const first = `order by ${value} ${wish.order}, l.id ${wish.order} limit $6`
  return await db.query<ListedCall>(
    `select ${callColumns}, l.created_at::text as at, c.slug as client
     from ${fromCalls(asked, first)} join clients c on c.id = l.client_id
     ${first}`,
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

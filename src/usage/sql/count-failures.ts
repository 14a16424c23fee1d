import type { Queryable } from '../../database/index.ts'
import { fromCalls } from './from-calls.ts'
import { inScope, type UsageWindow } from './usage-window.ts'

/** Calls that failed with a code, or that another target answered for a reason; `provider` is the one of the row. */
export interface FailureCount {
  kind: 'error' | 'fallback'
  reason: string | null
  provider: string
  model_name: string
  calls: bigint
  last_at: Date
}

/** Of calls as they count, most frequent first. Uses gateway_usage_logs_failed. */
export async function countFailures(db: Queryable, { from, to, clientId, provider, model, apiType }: UsageWindow): Promise<FailureCount[]> {
  return await db.query<FailureCount>(
    `select kind, reason, provider, model_name, count(*) as calls, max(created_at) as last_at
     from ${fromCalls(`(l.status <> 'ok' or l.was_fallback) and l.created_at >= $2 and l.created_at < $3 and ${inScope(1, 4)}`)}
     cross join lateral (
       select 'error' as kind, l.error_code as reason where l.status = 'error'
       union all
       select 'fallback', l.fallback_reason where l.was_fallback
     ) as told
     group by 1, 2, 3, 4
     order by calls desc, 1, 2, 3, 4`,
    [clientId, from, to, provider, model, apiType],
  )
}

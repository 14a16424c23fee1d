import type { Queryable } from '../../database/index.ts'
import { filterParams, fromUsage, type UsageFilter } from './usage-filter.ts'

/** Of all rows that a filter lets through, however many are shown. A sum of costs is null where none is known. */
export interface UsageTotals {
  calls: number
  errors: number
  total_tokens: string
  cost_usd: string | null
  cost_brl: string | null
  client_ids: string[]
}

export async function totalUsage(db: Queryable, filter: UsageFilter): Promise<UsageTotals> {
  const rows = await db.query<UsageTotals>(
    `select count(*)::int as calls, (count(*) filter (where l.status = 'error'))::int as errors,
       coalesce(sum(l.total_tokens), 0) as total_tokens, trim_scale(sum(l.cost_usd)) as cost_usd, trim_scale(sum(l.cost_brl)) as cost_brl,
       coalesce(array_agg(distinct l.client_id::text), '{}') as client_ids
     ${fromUsage}`,
    filterParams(filter),
  )
  return rows[0] ?? { calls: 0, errors: 0, total_tokens: '0', cost_usd: null, cost_brl: null, client_ids: [] }
}

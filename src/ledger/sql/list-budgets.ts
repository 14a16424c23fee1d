import type { Queryable } from '../../database/index.ts'

export interface ListedBudgetRow {
  id: string
  client_id: string
  slug: string
  time_zone: string
  budget_type: 'tokens' | 'brl' | 'usd'
  budget_period: 'daily' | 'weekly' | 'monthly'
  limit_now: bigint
  limit_amount: bigint
  /** Null where no raise is on. */
  raised_until: Date | null
  used: bigint
  reserved: bigint
  usage_percentage: string
  alert_threshold_80: boolean
  alert_threshold_90: boolean
  alert_threshold_100: boolean
  pause_at_limit: boolean
  is_paused: boolean
  from_plan: boolean
  resets_at: Date
}

/** What counts now, of these clients or of all, in the current period. */
export async function listBudgetRows(db: Queryable, clientIds: readonly string[] | undefined): Promise<ListedBudgetRow[]> {
  return await db.query<ListedBudgetRow>(
    `select b.id, b.client_id, b.slug, b.time_zone, b.budget_type, b.budget_period, b.limit_now, b.limit_amount,
       case when b.raised_until > ledger_now() then b.raised_until end as raised_until,
       coalesce(p.used, 0) as used, coalesce(p.reserved, 0) as reserved,
       coalesce(round(coalesce(p.used, 0)::numeric / nullif(b.limit_now, 0) * 100, 2), 100) as usage_percentage,
       b.alert_threshold_80, b.alert_threshold_90, b.alert_threshold_100, b.pause_at_limit, b.is_paused,
       b.plan_budget_id is not null as from_plan, budget_period_end(b.budget_period, b.time_zone, ledger_now()) as resets_at
     from effective_budgets b
     left join budget_periods p
       on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, ledger_now())
     where $1::uuid[] is null or b.client_id = any ($1)
     order by b.slug, b.budget_type, array_position(array['daily', 'weekly', 'monthly'], b.budget_period)`,
    [clientIds],
  )
}

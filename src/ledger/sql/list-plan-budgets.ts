import type { Queryable } from '../../database/index.ts'

export interface PlanBudgetRow {
  id: string
  plan: string
  budget_type: 'tokens' | 'brl' | 'usd'
  budget_period: 'daily' | 'weekly' | 'monthly'
  limit_amount: bigint
  alert_threshold_80: boolean
  alert_threshold_90: boolean
  alert_threshold_100: boolean
  pause_at_limit: boolean
  clients: number
}

/** Of one plan, or of all. `clients` are those for which it counts: they are on the plan and have no budget of their own. */
export async function listPlanBudgetRows(db: Queryable, plan: string | undefined): Promise<PlanBudgetRow[]> {
  return await db.query<PlanBudgetRow>(
    `select d.id, d.plan, d.budget_type, d.budget_period,
       (case d.budget_type when 'tokens' then floor(d.budget_limit) else floor(d.budget_limit * 1000000000) end)::bigint as limit_amount,
       d.alert_threshold_80, d.alert_threshold_90, d.alert_threshold_100, d.pause_at_limit,
       (select count(*) from effective_budgets b where b.plan_budget_id = d.id)::int as clients
     from plan_budgets d
     where $1::text is null or d.plan = $1
     order by d.plan, d.budget_type, array_position(array['daily', 'weekly', 'monthly'], d.budget_period)`,
    [plan],
  )
}

import type { Queryable } from '../../database/index.ts'
import type { BudgetSettingsRow } from './upsert-budget.ts'

/** What is null stays. Each client of the plan has its own copy changed with it; false where the plan has no such budget. */
export async function updatePlanBudget(
  db: Queryable,
  which: { plan: string; type: string; period: string },
  to: BudgetSettingsRow & { type: string | null; period: string | null },
): Promise<boolean> {
  const rows = await db.query(
    `update plan_budgets
     set budget_type = coalesce($4, budget_type), budget_period = coalesce($5, budget_period),
       budget_limit = coalesce($6::numeric, budget_limit), pause_at_limit = coalesce($7::boolean, pause_at_limit),
       alert_threshold_80 = coalesce($8::boolean, alert_threshold_80), alert_threshold_90 = coalesce($9::boolean, alert_threshold_90),
       alert_threshold_100 = coalesce($10::boolean, alert_threshold_100)
     where plan = $1 and budget_type = $2 and budget_period = $3
     returning id`,
    [which.plan, which.type, which.period, to.type, to.period, to.limit, to.isHard, to.at80, to.at90, to.at100],
  )
  return rows.length > 0
}

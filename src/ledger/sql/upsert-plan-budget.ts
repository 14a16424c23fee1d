import type { Queryable } from '../../database/index.ts'
import type { BudgetSettingsRow } from './upsert-budget.ts'

/** `limit` must be there. `is_new` is false where the plan had this budget; what is null then stays as it was. */
export async function upsertPlanBudget(
  db: Queryable,
  which: { plan: string; type: string; period: string },
  { limit, isHard, at80, at90, at100 }: BudgetSettingsRow,
): Promise<{ is_new: boolean } | undefined> {
  const rows = await db.query<{ is_new: boolean }>(
    `insert into plan_budgets (plan, budget_type, budget_period, budget_limit, pause_at_limit, alert_threshold_80, alert_threshold_90,
       alert_threshold_100)
     values ($1, $2, $3, $4::numeric, coalesce($5::boolean, false), coalesce($6::boolean, true), coalesce($7::boolean, true),
       coalesce($8::boolean, true))
     on conflict (plan, budget_type, budget_period) do update
     set budget_limit = excluded.budget_limit, pause_at_limit = coalesce($5::boolean, plan_budgets.pause_at_limit),
       alert_threshold_80 = coalesce($6::boolean, plan_budgets.alert_threshold_80),
       alert_threshold_90 = coalesce($7::boolean, plan_budgets.alert_threshold_90),
       alert_threshold_100 = coalesce($8::boolean, plan_budgets.alert_threshold_100)
     returning xmax = 0 as is_new`,
    [which.plan, which.type, which.period, limit, isHard, at80, at90, at100],
  )
  return rows[0]
}

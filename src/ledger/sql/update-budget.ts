import type { Queryable } from '../../database/index.ts'
import type { BudgetSettingsRow } from './upsert-budget.ts'

/** Of the client's own. What is null stays. A new type or period puts another budget in this one's place; false where there is none. */
export async function updateBudget(
  db: Queryable,
  which: { clientId: string; type: string; period: string },
  to: BudgetSettingsRow & { type: string | null; period: string | null },
): Promise<boolean> {
  const rows = await db.query(
    `update budgets
     set budget_type = coalesce($4, budget_type), budget_period = coalesce($5, budget_period),
       budget_limit = coalesce($6::numeric, budget_limit), pause_at_limit = coalesce($7::boolean, pause_at_limit),
       alert_threshold_80 = coalesce($8::boolean, alert_threshold_80), alert_threshold_90 = coalesce($9::boolean, alert_threshold_90),
       alert_threshold_100 = coalesce($10::boolean, alert_threshold_100)
     where client_id = $1 and budget_type = $2 and budget_period = $3 and origin_id is null
     returning id`,
    [which.clientId, which.type, which.period, to.type, to.period, to.limit, to.isHard, to.at80, to.at90, to.at100],
  )
  return rows.length > 0
}

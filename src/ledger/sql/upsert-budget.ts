import type { Queryable } from '../../database/index.ts'

/** What is null stays as it is, or is what the table says of a new budget. */
export interface BudgetSettingsRow {
  limit: string | null
  isHard: boolean | null
  at80: boolean | null
  at90: boolean | null
  at100: boolean | null
}

/** Of the client's own; `limit` must be there. `is_new` is false where the client had this budget. */
export async function upsertBudget(
  db: Queryable,
  which: { clientId: string; type: string; period: string },
  { limit, isHard, at80, at90, at100 }: BudgetSettingsRow,
): Promise<{ id: string; is_new: boolean } | undefined> {
  const rows = await db.query<{ id: string; is_new: boolean }>(
    `insert into budgets (client_id, budget_type, budget_period, budget_limit, pause_at_limit, alert_threshold_80, alert_threshold_90,
       alert_threshold_100)
     values ($1, $2, $3, $4::numeric, coalesce($5::boolean, false), coalesce($6::boolean, true), coalesce($7::boolean, true),
       coalesce($8::boolean, true))
     on conflict (client_id, budget_type, budget_period) where origin_id is null do update
     set budget_limit = excluded.budget_limit, pause_at_limit = coalesce($5::boolean, budgets.pause_at_limit),
       alert_threshold_80 = coalesce($6::boolean, budgets.alert_threshold_80),
       alert_threshold_90 = coalesce($7::boolean, budgets.alert_threshold_90),
       alert_threshold_100 = coalesce($8::boolean, budgets.alert_threshold_100)
     returning id, xmax = 0 as is_new`,
    [which.clientId, which.type, which.period, limit, isHard, at80, at90, at100],
  )
  return rows[0]
}

import type { Queryable } from '../../database/index.ts'

/** `is_new` is false where the client had this budget; without `isHard` it then stays hard or soft as it was. */
export async function upsertBudget(
  db: Queryable,
  budget: { clientId: string; type: string; period: string; limit: string; isHard: boolean | undefined },
): Promise<{ id: string; is_new: boolean } | undefined> {
  const rows = await db.query<{ id: string; is_new: boolean }>(
    `insert into budgets (client_id, budget_type, budget_period, budget_limit, pause_at_limit)
     values ($1, $2, $3, $4::numeric, coalesce($5::boolean, false))
     on conflict (client_id, budget_type, budget_period) where plan_budget_id is null do update
     set budget_limit = excluded.budget_limit, pause_at_limit = coalesce($5::boolean, budgets.pause_at_limit)
     returning id, xmax = 0 as is_new`,
    [budget.clientId, budget.type, budget.period, budget.limit, budget.isHard],
  )
  return rows[0]
}

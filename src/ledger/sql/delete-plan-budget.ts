import type { Queryable } from '../../database/index.ts'

/** With the copies that the plan's clients have of it; false where the plan has no such budget. */
export async function deletePlanBudget(db: Queryable, which: { plan: string; type: string; period: string }): Promise<boolean> {
  const rows = await db.query('delete from plan_budgets where plan = $1 and budget_type = $2 and budget_period = $3 returning id', [
    which.plan,
    which.type,
    which.period,
  ])
  return rows.length > 0
}

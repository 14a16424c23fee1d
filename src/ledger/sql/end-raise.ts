import type { Queryable } from '../../database/index.ts'

/** False where no raise is on. */
export async function endBudgetRaise(db: Queryable, budgetId: string): Promise<boolean> {
  const rows = await db.query(
    `update budgets set raised_limit = null, raised_until = null where id = $1 and raised_until > ledger_now() and retired_at is null
     returning id`,
    [budgetId],
  )
  return rows.length > 0
}

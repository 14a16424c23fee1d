import type { Queryable } from '../../database/index.ts'

/** The operator's own pause, on what counts for a client now; a type and a period narrow it down. Returns how many there were. */
export async function setBudgetsPaused(
  db: Queryable,
  which: { clientId: string; type: string | undefined; period: string | undefined },
  isPaused: boolean,
): Promise<number> {
  const rows = await db.query(
    `update budgets set is_paused = $4
     where id in (select id from effective_budgets where client_id = $1)
       and budget_type = coalesce($2, budget_type) and budget_period = coalesce($3, budget_period)
     returning id`,
    [which.clientId, which.type, which.period, isPaused],
  )
  return rows.length
}

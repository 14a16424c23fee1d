import type { Queryable } from '../../database/index.ts'

/** The client's own; false where there is none. */
export async function deleteBudget(db: Queryable, which: { clientId: string; type: string; period: string }): Promise<boolean> {
  const rows = await db.query(
    'delete from budgets where client_id = $1 and budget_type = $2 and budget_period = $3 and origin_id is null returning id',
    [which.clientId, which.type, which.period],
  )
  return rows.length > 0
}

import type { Queryable } from '../../database/index.ts'

/** Clients with a budget in reais, whose calls need an exchange rate. */
export async function countClientsInReais(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(distinct client_id)::int as count from budgets where budget_type = 'brl' and retired_at is null`,
  )
  return row?.count ?? 0
}

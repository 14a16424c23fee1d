import type { Queryable } from '../../database/index.ts'

/** How many clients each plan has, of the plans that have any. */
export async function countPlans(db: Queryable): Promise<{ plan: string; clients: number }[]> {
  return await db.query<{ plan: string; clients: number }>('select plan, count(*)::int as clients from clients group by plan order by plan')
}

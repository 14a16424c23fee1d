import type { Queryable } from '../../database/index.ts'

/** Calls that were admitted and are not booked yet. */
export async function countCallsUnderWay(db: Queryable): Promise<number> {
  const rows = await db.query<{ count: number }>('select count(*)::int as count from call_admissions')
  return rows[0]?.count ?? 0
}

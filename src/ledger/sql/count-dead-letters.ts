import type { Queryable } from '../../database/index.ts'

/** Records that could not be booked. */
export async function countDeadLetters(db: Queryable): Promise<number> {
  const rows = await db.query<{ count: number }>('select count(*)::int as count from usage_dead_letters')
  return rows[0]?.count ?? 0
}

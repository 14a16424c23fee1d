import type { Queryable } from '../../database/index.ts'

/** One conversation, to a person or back to the bot. False where there is none. */
export async function handOver(db: Queryable, id: string, to: 'bot' | 'human'): Promise<boolean> {
  const rows = await db.query('update conversations set status = $2 where id = $1 returning id', [id, to])
  return rows.length > 0
}

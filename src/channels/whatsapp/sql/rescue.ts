import type { Queryable } from '../../../database/index.ts'

/** Gives the jobs of processes that died back to the queue. Answers of how many processes. */
export async function rescue(db: Queryable, leaseMs: number): Promise<number> {
  const [row] = await db.query<{ rescued: number }>('select whatsapp_rescue($1) as rescued', [leaseMs])
  return row?.rescued ?? 0
}

import type { Queryable } from '../../../database/index.ts'

/** Counts that an answer could not go on, and puts its next try off: e to the power of the tries, in seconds. Answers how often that was. */
export async function noteTry(db: Queryable, answerId: string): Promise<number> {
  const rows = await db.query<{ tries: number }>(
    `update whatsapp_answers set tries = tries + 1, retry_at = now() + exp(tries + 1) * interval '1 second' where id = $1 returning tries`,
    [answerId],
  )
  return rows[0]?.tries ?? 0
}

import type { Queryable } from '../../../database/index.ts'

/** The call under this attempt's key gives no answer any more: the next one has a key of its own. */
export async function nextAttempt(db: Queryable, answerId: string, attempt: number): Promise<void> {
  await db.query('update whatsapp_answers set attempt = $2 + 1 where id = $1 and attempt = $2', [answerId, attempt])
}

import type { Queryable } from '../../../database/index.ts'

/** What a recording says. */
export async function saveBody(db: Queryable, messageId: string, body: string): Promise<void> {
  await db.query('update messages set body = $2 where id = $1', [messageId, body])
}

import type { Queryable } from '../../../database/index.ts'

/** What a recording says, without zero characters, which PostgreSQL does not take. */
export async function saveBody(db: Queryable, messageId: string, body: string): Promise<void> {
  await db.query('update messages set body = $2 where id = $1', [messageId, body.replaceAll('\u0000', '')])
}

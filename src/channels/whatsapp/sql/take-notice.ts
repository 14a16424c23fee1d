import type { Queryable } from '../../../database/index.ts'

/** May this conversation be told of a refusal? Once an hour it may. */
export async function takeNotice(db: Queryable, conversationId: string): Promise<boolean> {
  const rows = await db.query(
    `update conversations set refusal_notice_at = now()
     where id = $1 and (refusal_notice_at is null or refusal_notice_at <= now() - interval '1 hour')
     returning id`,
    [conversationId],
  )
  return rows.length > 0
}

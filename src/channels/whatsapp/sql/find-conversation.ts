import type { Queryable } from '../../../database/index.ts'
import type { ConversationRow } from '../answer.ts'

export async function findConversation(db: Queryable, id: string): Promise<ConversationRow | undefined> {
  const rows = await db.query<ConversationRow>(
    `select id, channel_id, phone, status, coalesce(last_inbound_at > now() - interval '24 hours', false) as is_open from conversations where id = $1`,
    [id],
  )
  return rows[0]
}

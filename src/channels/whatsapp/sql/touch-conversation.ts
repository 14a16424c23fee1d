import type { Queryable } from '../../../database/index.ts'

/** Something was said in it. A statement of its own: a delivery locks the conversation first, and whoever locks it second would wait for ever. */
export async function touchConversation(db: Queryable, conversationId: string): Promise<void> {
  await db.query('update conversations set last_message_at = now() where id = $1', [conversationId])
}

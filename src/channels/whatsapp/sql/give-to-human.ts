import type { Queryable } from '../../../database/index.ts'

/** From here on the bot leaves the conversation alone. */
export async function giveToHuman(db: Queryable, conversationId: string): Promise<void> {
  await db.query(`update conversations set status = 'human' where id = $1`, [conversationId])
}

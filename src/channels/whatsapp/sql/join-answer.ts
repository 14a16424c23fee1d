import type { Queryable } from '../../../database/index.ts'

/** All that waits in a conversation joins its failing answer, with whose end a human has the conversation. Nothing happens where it has gone on. */
export async function joinAnswer(db: Queryable, answerId: string): Promise<void> {
  await db.query('select whatsapp_join_answer($1)', [answerId])
}

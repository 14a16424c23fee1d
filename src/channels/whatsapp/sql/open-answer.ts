import type { Queryable } from '../../../database/index.ts'
import type { AnswerRow } from '../answer.ts'

/** The answer under way, or a new one to all that is due. */
export async function openAnswer(db: Queryable, conversationId: string, pauseMs: number): Promise<AnswerRow | undefined> {
  const rows = await db.query<AnswerRow>('select * from whatsapp_open_answer($1, $2)', [conversationId, pauseMs])
  return rows[0]
}

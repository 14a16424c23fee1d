import type { Queryable } from '../../../database/index.ts'
import type { AnswerRow } from '../answer.ts'

/** The answer under way, or a new one to all that is due, by the pause that the channel has now: the one that its messages were queued by. */
export async function openAnswer(db: Queryable, conversationId: string): Promise<AnswerRow | undefined> {
  const rows = await db.query<AnswerRow>(
    `select a.*, coalesce(a.retry_at > now(), false) as is_early from conversations c join whatsapp_channels h on h.id = c.channel_id
     cross join lateral whatsapp_open_answer(c.id, h.reply_pause_ms) a where c.id = $1`,
    [conversationId],
  )
  return rows[0]
}

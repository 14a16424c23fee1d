import type { Queryable } from '../../../database/index.ts'

/** A job for what waits in a conversation and has none any more: its pause was made longer after it had been queued, or it is tried again later. */
export async function queueWaiting(db: Queryable, conversationId: string): Promise<void> {
  await db.query(
    `select whatsapp_queue_answer(c.id, h.is_simulated, h.reply_pause_ms)
     from conversations c join whatsapp_channels h on h.id = c.channel_id
     where c.id = $1
       and (exists (select 1 from messages where conversation_id = c.id and needs_answer)
         or exists (select 1 from whatsapp_answers where conversation_id = c.id and state in ('asking', 'sending')))
       and not exists (select 1 from graphile_worker.jobs where key = 'whatsapp:' || c.id and locked_at is null)`,
    [conversationId],
  )
}

import type { Queryable } from '../../../database/index.ts'

/** Jobs for what waits without one: theirs ended while their channel was switched off, and it is on again. In the order in which a delivery queues. */
export async function queueStranded(db: Queryable): Promise<void> {
  await db.query(
    `with stranded as materialized (
       select c.id, h.is_simulated, h.reply_pause_ms
       from conversations c join whatsapp_channels h on h.id = c.channel_id
       where h.is_active
         and c.id in (
           select conversation_id from messages where needs_answer
           union
           select conversation_id from whatsapp_answers where state in ('asking', 'sending')
         )
         and not exists (select 1 from graphile_worker.jobs where key = 'whatsapp:' || c.id)
       order by h.id, c.phone
     )
     select whatsapp_queue_answer(id, is_simulated, reply_pause_ms) from stranded`,
  )
}

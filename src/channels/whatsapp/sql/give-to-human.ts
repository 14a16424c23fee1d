import type { Queryable } from '../../../database/index.ts'

/** From here on the bot leaves the conversation alone, and its client is told: once for each answer that gives it away. A simulation tells nobody. */
export async function giveToHuman(db: Queryable, conversationId: string, answerId: string): Promise<void> {
  await db.query(
    `with given as (
       update conversations set status = 'human' where id = $1 returning id, client_id, channel_id
     )
     insert into alerts (kind, client_id, details, dedupe_key)
     select 'handed_off', g.client_id, jsonb_build_object('conversation_id', g.id), 'handed_off:' || $2::uuid
     from given g join whatsapp_channels c on c.id = g.channel_id
     where not c.is_simulated
     on conflict (dedupe_key) do nothing`,
    [conversationId, answerId],
  )
}

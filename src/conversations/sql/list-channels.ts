import type { Queryable } from '../../database/index.ts'

export interface ChannelRow {
  id: string
  client_slug: string
  client_name: string
  phone_number_id: string
  display_phone_number: string | null
  has_access_token: boolean
  has_app_secret: boolean
  has_verify_token: boolean
  is_active: boolean
  created_at: Date
  conversations: bigint
  with_human: bigint
  last_in_at: Date | null
  last_out_at: Date | null
  failed_today: bigint
}

/** By client; what is sealed in the vault is only known to be there. Failures are those of the last 24 hours. */
export async function listChannelRows(db: Queryable): Promise<ChannelRow[]> {
  return await db.query<ChannelRow>(
    `select w.id, c.slug as client_slug, c.name as client_name, w.phone_number_id, w.display_phone_number, w.is_active, w.created_at,
       w.access_token_secret_id is not null as has_access_token, w.app_secret_secret_id is not null as has_app_secret,
       w.verify_token_secret_id is not null as has_verify_token, t.conversations, t.with_human, m.last_in_at, m.last_out_at,
       m.failed_today
     from whatsapp_channels w
     join clients c on c.id = w.client_id
     cross join lateral (
       select count(*) as conversations, count(*) filter (where status = 'human') as with_human
       from conversations where channel_id = w.id
     ) t
     cross join lateral (
       -- A day's messages by index messages_newest: what is older says nothing of a channel's health now.
       select max(m.created_at) filter (where m.direction = 'in') as last_in_at,
         max(m.created_at) filter (where m.direction = 'out') as last_out_at,
         count(*) filter (where m.direction = 'out' and m.status = 'failed') as failed_today
       from messages m join conversations o on o.id = m.conversation_id
       where o.channel_id = w.id and m.created_at > now() - interval '24 hours'
     ) m
     where not w.is_simulated
     order by c.slug, w.created_at, w.id`,
  )
}

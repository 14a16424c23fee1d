import type { Queryable } from '../../database/index.ts'

export interface ConversationRow {
  id: string
  /** Microseconds since 1970, for the next page. */
  micros: bigint
  client_slug: string
  channel_id: string | null
  phone: string | null
  status: 'bot' | 'human'
  last_at: Date
  /** Whether the contact wrote within the 24 hours in which one may answer freely. */
  is_open: boolean
  last_direction: 'in' | 'out' | null
  last_kind: string | null
  last_body: string | null
}

export interface ConversationPageWish {
  id: string | undefined
  clientId: string | undefined
  status: 'bot' | 'human' | undefined
  /** After what the page before ended with. */
  after: { micros: bigint; id: string } | undefined
  limit: number
}

/** The latest first. A client's by index conversations_client_id; the last message of each by index messages_order. */
export async function findConversationPage(
  db: Queryable,
  { id, clientId, status, after, limit }: ConversationPageWish,
): Promise<ConversationRow[]> {
  return await db.query<ConversationRow>(
    `with page as (
       select o.id, o.client_id, o.channel_id, o.phone, o.status, coalesce(o.last_message_at, o.created_at) as last_at,
         coalesce(o.last_inbound_at > now() - interval '24 hours', false) as is_open
       from conversations o left join whatsapp_channels w on w.id = o.channel_id
       where w.is_simulated is not true
         and ($1::uuid is null or o.id = $1)
         and ($2::uuid is null or o.client_id = $2)
         and ($3::text is null or o.status = $3)
         and ($4::bigint is null
           or (coalesce(o.last_message_at, o.created_at), o.id) < (timestamptz 'epoch' + $4::bigint * interval '1 microsecond', $5::uuid))
       order by coalesce(o.last_message_at, o.created_at) desc, o.id desc
       limit $6
     )
     select p.id, (extract(epoch from p.last_at) * 1000000)::bigint as micros, c.slug as client_slug, p.channel_id, p.phone, p.status,
       p.last_at, p.is_open, m.direction as last_direction, m.kind as last_kind, left(m.body, 200) as last_body
     from page p
     join clients c on c.id = p.client_id
     left join lateral (
       select direction, kind, body from messages where conversation_id = p.id order by seq desc limit 1
     ) m on true
     order by p.last_at desc, p.id desc`,
    [id, clientId, status, after?.micros, after?.id, limit],
  )
}

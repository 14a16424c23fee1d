import type { Queryable } from '../../database/index.ts'

export interface MessageRow {
  id: string
  /** Microseconds since 1970, for the next page. */
  micros: bigint
  client_slug: string
  channel_id: string | null
  phone: string | null
  direction: 'in' | 'out'
  kind: string
  body: string | null
  status: string
  conversation_status: 'bot' | 'human'
  created_at: Date
}

export interface MessagePageWish {
  clientId: string | undefined
  direction: 'in' | 'out' | undefined
  /** After what the page before ended with. */
  after: { micros: bigint; id: string } | undefined
  limit: number
}

/** Newest first, by index messages_newest. */
export async function findMessagePage(db: Queryable, { clientId, direction, after, limit }: MessagePageWish): Promise<MessageRow[]> {
  return await db.query<MessageRow>(
    `select m.id, (extract(epoch from m.created_at) * 1000000)::bigint as micros, c.slug as client_slug, o.channel_id, o.phone,
       m.direction, m.kind, left(m.body, 500) as body, m.status, o.status as conversation_status, m.created_at
     from messages m
     join conversations o on o.id = m.conversation_id
     join clients c on c.id = m.client_id
     where ($1::uuid is null or m.client_id = $1)
       and ($2::text is null or m.direction = $2)
       and ($3::bigint is null
         or (m.created_at, m.id) < (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4::uuid))
     order by m.created_at desc, m.id desc
     limit $5`,
    [clientId, direction, after?.micros, after?.id, limit],
  )
}

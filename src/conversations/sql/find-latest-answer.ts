import type { Queryable } from '../../database/index.ts'

export interface LatestAnswer {
  /** `asking` and `sending` while it is under way. */
  state: 'asking' | 'sending' | 'done' | 'refused' | 'failed' | 'dropped'
  error_code: string | null
  call_id: string | null
}

/** The newest answer of a channel, if there is one. */
export async function findLatestAnswer(db: Queryable, channelId: string): Promise<LatestAnswer | undefined> {
  const rows = await db.query<LatestAnswer>(
    `select a.state, a.error_code, a.call_id from whatsapp_answers a
     join conversations c on c.id = a.conversation_id
     where c.channel_id = $1
     order by a.created_at desc
     limit 1`,
    [channelId],
  )
  return rows[0]
}

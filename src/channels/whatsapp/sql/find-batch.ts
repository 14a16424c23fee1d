import type { Queryable } from '../../../database/index.ts'
import type { ReceivedMedia } from '../read-message.ts'

export interface BatchMessage {
  id: string
  wamid: string
  kind: string
  body: string | null
  media: ReceivedMedia | null
}

/** What an answer answers, in the order in which it was written. */
export async function findBatch(db: Queryable, answerId: string): Promise<BatchMessage[]> {
  return await db.query<BatchMessage>(
    `select id, wamid, kind, body, media from messages where answer_id = $1 and direction = 'in' order by sent_at, seq`,
    [answerId],
  )
}

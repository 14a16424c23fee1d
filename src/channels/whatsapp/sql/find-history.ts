import type { Queryable } from '../../../database/index.ts'

export interface HistoryMessage {
  direction: 'in' | 'out'
  kind: string
  body: string | null
}

/** What was said before what this answer answers, the newest first. Notices of ours and what never went out were not said. */
export async function findHistory(db: Queryable, conversationId: string, answerId: string, most: number): Promise<HistoryMessage[]> {
  return await db.query<HistoryMessage>(
    `select direction, kind, body from messages
     where conversation_id = $1 and answer_id is distinct from $2 and not needs_answer and kind not in ('notice', 'reaction')
       and status <> 'failed' and (body is not null or media is not null)
       and seq < (select max(seq) from messages where answer_id = $2 and direction = 'in')
     order by seq desc
     limit $3`,
    [conversationId, answerId, most],
  )
}

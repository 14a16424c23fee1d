import type { Queryable } from '../../../database/index.ts'

export interface HistoryMessage {
  direction: 'in' | 'out'
  kind: string
  body: string | null
}

/**
 * What was said before this answer, the newest first: by the contact before what it answers, by us before it began, which may be later than
 * that. Notices of ours and what never went out were not said; a template went out in place of its words.
 */
export async function findHistory(db: Queryable, conversationId: string, answerId: string, most: number): Promise<HistoryMessage[]> {
  return await db.query<HistoryMessage>(
    `select direction, kind, body from messages
     where conversation_id = $1 and answer_id is distinct from $2 and not needs_answer and kind not in ('notice', 'template', 'reaction')
       and status not in ('pending', 'failed') and (body is not null or media is not null)
       and (direction = 'out' or seq < (select max(seq) from messages where answer_id = $2 and direction = 'in'))
     order by seq desc
     limit $3`,
    [conversationId, answerId, most],
  )
}

import type { Queryable } from '../../../database/index.ts'

export interface AnswerWords {
  /** `text`, or `notice` for what no model said. */
  kind: 'text' | 'notice'
  parts: readonly string[]
  callId?: string | undefined
  totalTokens?: number
  errorCode?: string | undefined
  /** Once it is sent a human answers. */
  handsOff?: boolean
}

/** The answer has its words: they are stored with it, once, before the first of them goes out. */
export async function beginSending(db: Queryable, answerId: string, words: AnswerWords): Promise<void> {
  await db.query(
    `with answer as (
       update whatsapp_answers set state = 'sending', prompt = null, tries = 0, call_id = $2, total_tokens = greatest(total_tokens, $3),
         error_code = $4, hands_off = $7
       where id = $1 and state = 'asking'
       returning id, client_id, conversation_id
     )
     insert into messages (client_id, conversation_id, answer_id, direction, kind, body, status, part)
     select a.client_id, a.conversation_id, a.id, 'out', $5, p.body, 'pending', p.part
     from answer a, unnest($6::text[]) with ordinality as p(body, part)
     order by p.part`,
    [answerId, words.callId ?? null, words.totalTokens ?? 0, words.errorCode ?? null, words.kind, words.parts, words.handsOff === true],
  )
}

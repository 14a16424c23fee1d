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
  /** A conversation is told so once an hour. */
  isHourly?: boolean
}

/**
 * The answer has its words: they are stored with it, once, before the first of them goes out. False where it was brought further meanwhile,
 * or the hour's notice is out: noted in the same statement, so that no crash takes the one without the other. The conversation is locked before the
 * answer, as by who erases its contact.
 */
export async function beginSending(db: Queryable, answerId: string, words: AnswerWords): Promise<boolean> {
  const rows = await db.query(
    `with told as (
       update conversations c set refusal_notice_at = now()
       from whatsapp_answers a
       where $8::boolean and a.id = $1 and a.state = 'asking' and c.id = a.conversation_id
         and (c.refusal_notice_at is null or c.refusal_notice_at <= now() - interval '1 hour')
       returning c.id
     ), place as (
       select c.id from conversations c
       where not $8::boolean and c.id = (select conversation_id from whatsapp_answers where id = $1)
       for key share
     ), answer as (
       update whatsapp_answers a set state = 'sending', prompt = null, tries = 0, call_id = $2, total_tokens = greatest(a.total_tokens, $3),
         error_code = $4, hands_off = a.hands_off or $7
       where a.id = $1 and a.state = 'asking' and a.conversation_id in (select id from told union all select id from place)
       returning a.id, a.client_id, a.conversation_id
     )
     insert into messages (client_id, conversation_id, answer_id, direction, kind, body, status, part)
     select a.client_id, a.conversation_id, a.id, 'out', $5, p.body, 'pending', p.part
     from answer a, unnest($6::text[]) with ordinality as p(body, part)
     order by p.part
     returning id`,
    [
      answerId,
      words.callId ?? null,
      words.totalTokens ?? 0,
      words.errorCode ?? null,
      words.kind,
      words.parts,
      words.handsOff === true,
      words.isHourly === true,
    ],
  )
  return rows.length > 0
}

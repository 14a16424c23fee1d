import type { Queryable } from '../../../database/index.ts'

/** What a contact's answers have taken since midnight of their client's day. */
export async function sumContactTokens(db: Queryable, conversationId: string, timeZone: string): Promise<number> {
  const [row] = await db.query<{ tokens: number }>(
    `select coalesce(sum(total_tokens), 0)::float8 as tokens from whatsapp_answers
     where conversation_id = $1 and created_at >= date_trunc('day', now() at time zone $2) at time zone $2`,
    [conversationId, timeZone],
  )
  return row?.tokens ?? 0
}

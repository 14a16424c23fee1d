import type { Queryable } from '../../../database/index.ts'
import type { PartRow } from '../answer.ts'

/** From here on it may have gone out. False where it has gone on in the meantime, or a human has taken the conversation. */
export async function claimPart(db: Queryable, { id, status }: PartRow): Promise<boolean> {
  const rows = await db.query(
    `update messages m set status = 'sending', sent_at = now()
     from conversations c
     where m.id = $1 and m.status = $2 and c.id = m.conversation_id and c.status = 'bot'
     returning m.id`,
    [id, status],
  )
  return rows.length > 0
}

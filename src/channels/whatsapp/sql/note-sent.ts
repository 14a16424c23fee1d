import type { Queryable } from '../../../database/index.ts'

/** Meta has it. A status that was here before stays. */
export async function noteSent(db: Queryable, messageId: string, wamid: string, kind: string): Promise<void> {
  await db.query(
    `update messages set wamid = $2, kind = $3, error = null,
       status = case when whatsapp_status_rank(status) < whatsapp_status_rank('sent') then 'sent' else status end
     where id = $1`,
    [messageId, wamid, kind],
  )
}

import type { Queryable } from '../../database/index.ts'
import { phoneForms } from '../phone-forms.ts'

/** How many conversations of this contact there were. */
export async function setConversationStatus(db: Queryable, clientId: string, phone: string, status: 'bot' | 'human'): Promise<number> {
  const rows = await db.query('update conversations set status = $3 where client_id = $1 and phone = any ($2) returning id', [
    clientId,
    phoneForms(phone),
    status,
  ])
  return rows.length
}

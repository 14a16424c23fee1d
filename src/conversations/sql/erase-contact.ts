import type { Queryable } from '../../database/index.ts'
import { phoneForms } from '../phone-forms.ts'

export interface Erased {
  conversations: number
  messages: number
  /** Rows of usage that had the phone. They stay, for the books, without it. */
  calls: number
}

/** In each form of the phone, in a transaction each: two in one would wait for calls while calls wait for them. */
export async function eraseContact(db: Queryable, clientId: string, phone: string): Promise<Erased> {
  const all = { conversations: 0, messages: 0, calls: 0 }
  for (const form of phoneForms(phone)) {
    const [row] = await db.query<{ erased: Erased }>('select whatsapp_erase_contact($1, $2) as erased', [clientId, form])
    all.conversations += row?.erased.conversations ?? 0
    all.messages += row?.erased.messages ?? 0
    all.calls += row?.erased.calls ?? 0
  }
  return all
}

import type { Queryable } from '../../database/index.ts'

export interface Erased {
  conversations: number
  messages: number
  /** Rows of usage that had the phone. They stay, for the books, without it. */
  calls: number
}

export async function eraseContact(db: Queryable, clientId: string, phone: string): Promise<Erased> {
  const [row] = await db.query<{ erased: Erased }>('select whatsapp_erase_contact($1, $2) as erased', [clientId, phone])
  return row?.erased ?? { conversations: 0, messages: 0, calls: 0 }
}

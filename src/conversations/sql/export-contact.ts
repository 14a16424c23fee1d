import type { Queryable } from '../../database/index.ts'
import { phoneForms } from '../phone-forms.ts'

export interface ExportedContact {
  phone: string
  conversations: object[]
  calls: object[]
}

/** All that is stored of a contact, as one JSON value: what was said, what became of it, and the calls that it took. */
export async function exportContact(db: Queryable, clientId: string, phone: string): Promise<ExportedContact> {
  const rows = await db.query<{ contact: ExportedContact }>(
    'select whatsapp_export_contact($1, form) as contact from unnest($2::text[]) as form',
    [clientId, phoneForms(phone)],
  )
  const all = rows.map(({ contact }) => contact)
  return { phone, conversations: all.flatMap(({ conversations }) => conversations), calls: all.flatMap(({ calls }) => calls) }
}

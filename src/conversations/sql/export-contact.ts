import type { Queryable } from '../../database/index.ts'

/** All that is stored of a contact, as one JSON value: what was said, what became of it, and the calls that it took. */
export async function exportContact(db: Queryable, clientId: string, phone: string): Promise<Record<string, unknown>> {
  const [row] = await db.query<{ contact: Record<string, unknown> }>('select whatsapp_export_contact($1, $2) as contact', [clientId, phone])
  return row?.contact ?? {}
}

import type { Queryable } from '../../database/index.ts'

/** Whose number this is. */
export async function findChannelClient(db: Queryable, phoneNumberId: string): Promise<string | undefined> {
  const rows = await db.query<{ client_id: string }>('select client_id from whatsapp_channels where phone_number_id = $1', [phoneNumberId])
  return rows[0]?.client_id
}

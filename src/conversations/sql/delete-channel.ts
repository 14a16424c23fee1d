import type { Queryable } from '../../database/index.ts'
import { isUuid } from '../../shared/id.ts'

/** By its id or its phone number id, which it answers. What was said over it stays with the client. */
export async function deleteChannel(db: Queryable, which: string): Promise<string | undefined> {
  const rows = await db.query<{ phone_number_id: string }>(
    `delete from whatsapp_channels where id = $2::uuid or phone_number_id = $1
     returning phone_number_id`,
    [which, isUuid(which) ? which : null],
  )
  return rows[0]?.phone_number_id
}

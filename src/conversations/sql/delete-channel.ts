import type { Queryable } from '../../database/index.ts'
import { isUuid } from '../../shared/id.ts'

export interface DeletedChannel {
  phone_number_id: string
  is_simulated: boolean
}

/** By its id or its phone number id, which it answers. What was said over it stays with the client. */
export async function deleteChannel(db: Queryable, which: string): Promise<DeletedChannel | undefined> {
  const rows = await db.query<DeletedChannel>(
    `delete from whatsapp_channels where id = $2::uuid or phone_number_id = $1
     returning phone_number_id, is_simulated`,
    [which, isUuid(which) ? which : null],
  )
  return rows[0]
}

import type { Queryable } from '../../database/index.ts'
import { isUuid } from '../../shared/id.ts'

/** The id of a number that is connected, by it or by Meta's id of the number. A simulation's sends nothing to anybody. */
export async function findWhatsAppChannel(db: Queryable, which: string): Promise<string | undefined> {
  const rows = await db.query<{ id: string }>(
    'select id from whatsapp_channels where (id = $2::uuid or phone_number_id = $1) and not is_simulated',
    [which, isUuid(which) ? which : null],
  )
  return rows[0]?.id
}

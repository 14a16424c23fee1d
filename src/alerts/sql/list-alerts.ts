import type { Queryable } from '../../database/index.ts'
import type { Alert } from '../alert.ts'
import { type AlertRow, alertColumns, fromRow } from './alert-columns.ts'

/** Newest first, of one client or of all, by the indexes alerts_client_id and alerts_created_at. */
export async function listAlerts(db: Queryable, { clientId, limit }: { clientId?: string | undefined; limit: number }): Promise<Alert[]> {
  const rows = await db.query<AlertRow>(
    `select ${alertColumns} from alerts a left join clients c on c.id = a.client_id
     where $1::uuid is null or a.client_id = $1
     order by a.created_at desc, a.id
     limit $2`,
    [clientId, limit],
  )
  return rows.map(fromRow)
}

import type { Queryable } from '../../database/index.ts'
import type { Alert } from '../alert.ts'
import { type AlertRow, alertColumns, fromRow } from './alert-columns.ts'

export async function findAlert(db: Queryable, id: string): Promise<Alert | undefined> {
  const [row] = await db.query<AlertRow>(`select ${alertColumns} from alerts a left join clients c on c.id = a.client_id where a.id = $1`, [
    id,
  ])
  return row && fromRow(row)
}

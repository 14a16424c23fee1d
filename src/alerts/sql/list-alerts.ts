import type { Queryable } from '../../database/index.ts'
import type { Alert, AlertKind } from '../alert.ts'
import { type AlertRow, alertColumns, fromRow } from './alert-columns.ts'

export interface AlertQuery {
  clientId?: string | undefined
  /** Undefined: all. */
  kinds?: readonly AlertKind[] | undefined
  /** Alerts that come after this one in the list: its time in microseconds since 1970, and its id. */
  after?: { micros: bigint; id: string } | undefined
  limit: number
}

/** Newest first, of one client or of all, by the indexes alerts_client_id and alerts_created_at. */
export async function listAlerts(db: Queryable, { clientId, kinds, after, limit }: AlertQuery): Promise<(Alert & { micros: bigint })[]> {
  const rows = await db.query<AlertRow & { micros: bigint }>(
    `select ${alertColumns}, (extract(epoch from a.created_at) * 1000000)::bigint as micros
     from alerts a left join clients c on c.id = a.client_id
     where ($1::uuid is null or a.client_id = $1) and ($2::text[] is null or a.kind = any ($2))
       and ($3::bigint is null
         or a.created_at < timestamptz 'epoch' + $3 * interval '1 microsecond'
         or (a.created_at = timestamptz 'epoch' + $3 * interval '1 microsecond' and a.id > $4::uuid))
     order by a.created_at desc, a.id
     limit $5`,
    [clientId, kinds, after?.micros, after?.id, limit],
  )
  return rows.map((row) => ({ ...fromRow(row), micros: row.micros }))
}

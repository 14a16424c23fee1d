import type { Queryable } from '../../database/index.ts'

/** Changes whenever an alert is written or delivered; of one client, or of all. */
export async function findAlertMark(db: Queryable, clientId: string | undefined): Promise<string> {
  const [row] = await db.query<{ mark: string }>(
    `select concat_ws(' ', count(*), count(delivered_at)) as mark
     from alerts
     where created_at > now() - interval '1 day' and ($1::uuid is null or client_id = $1)`,
    [clientId],
  )
  return row?.mark ?? ''
}

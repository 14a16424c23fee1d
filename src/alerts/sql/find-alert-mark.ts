import type { Queryable } from '../../database/index.ts'

/** Changes whenever an alert is written, is handed over, or was sent by a channel or was not; of one client, or of all. */
export async function findAlertMark(db: Queryable, clientId: string | undefined): Promise<string> {
  const [row] = await db.query<{ mark: string }>(
    `select concat_ws(' ', count(distinct a.id), count(distinct a.id) filter (where a.delivered_at is not null), count(d.id),
       count(d.attempted_at), count(*) filter (where d.status = 'sent')) as mark
     from alerts a left join notification_deliveries d on d.alert_id = a.id
     where a.created_at > now() - interval '1 day' and ($1::uuid is null or a.client_id = $1)`,
    [clientId],
  )
  return row?.mark ?? ''
}

import type { Queryable } from '../../database/index.ts'

/** Of an alert: its channels by what became of the last attempt. */
export interface DeliveryCounts {
  alert_id: string
  channels: number
  sent: number
  /** Those included that are tried again. */
  failed: number
}

/** Of alerts that went to some channel, by the key of the delivery log. */
export async function countDeliveries(db: Queryable, alertIds: readonly string[]): Promise<DeliveryCounts[]> {
  return await db.query<DeliveryCounts>(
    `select alert_id, count(*)::int as channels, (count(*) filter (where status = 'sent'))::int as sent,
       (count(*) filter (where status in ('failed', 'given_up') or (status = 'pending' and failures > 0)))::int as failed
     from (
       select distinct on (alert_id, channel_id) alert_id, status, failures
       from notification_deliveries
       where alert_id = any ($1::uuid[])
       order by alert_id, channel_id, attempt desc
     ) as last
     group by alert_id`,
    [alertIds],
  )
}

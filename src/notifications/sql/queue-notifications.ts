import type { Queryable } from '../../database/index.ts'

/** One delivery for each channel that the alert goes to; nothing for those that have had one. */
export async function queueNotifications(db: Queryable, alertId: string): Promise<void> {
  await db.query(
    `insert into notification_deliveries (alert_id, channel_id, attempt)
     select $1, channel_id, 1 from notification_channels_of($1) as channel_id
     on conflict do nothing`,
    [alertId],
  )
}

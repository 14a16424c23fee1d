import type { Queryable } from '../../database/index.ts'

/**
 * Sends an alert again by each channel that it goes to: one that waits for its next attempt has it now, any other gets a new delivery.
 * Answers how many.
 */
export async function requeueNotifications(db: Queryable, alertId: string): Promise<number> {
  const rows = await db.query(
    `with hurried as (
       update notification_deliveries d set due_at = now(), failures = 0
       from notification_channels_of($1) as target(id)
       where d.alert_id = $1 and d.channel_id = target.id and d.status = 'pending'
       returning d.channel_id
     ), queued as (
       insert into notification_deliveries (alert_id, channel_id, attempt)
       select $1, target.id, coalesce((select max(d.attempt) from notification_deliveries d where d.alert_id = $1 and d.channel_id = target.id), 0) + 1
       from notification_channels_of($1) as target(id)
       where target.id not in (select channel_id from hurried)
       on conflict do nothing
       returning channel_id
     )
     select channel_id from hurried union all select channel_id from queued`,
    [alertId],
  )
  return rows.length
}

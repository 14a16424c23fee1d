import type { Queryable } from '../../database/index.ts'

/** The channel works again. It is locked before the delivery, as by who deletes it. */
export async function noteSent(db: Queryable, id: bigint, responseCode: number | null): Promise<void> {
  await db.query(
    `with channel as (
       select n.id from notification_deliveries d join notification_channels n on n.id = d.channel_id where d.id = $1 for no key update of n
     ), sent as (
       update notification_deliveries d
       set status = 'sent', response_code = $2, error = null, error_code = null, attempted_at = now(), claimed_until = null
       from channel
       where d.id = $1 and d.channel_id = channel.id and d.status = 'pending'
       returning d.channel_id
     )
     update notification_channels n set failing_since = null, last_error = null, last_error_code = null
     from sent where n.id = sent.channel_id and n.failing_since is not null`,
    [id, responseCode],
  )
}

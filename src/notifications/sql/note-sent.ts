import type { Queryable } from '../../database/index.ts'

/** The channel works again. */
export async function noteSent(db: Queryable, id: bigint, responseCode: number | null): Promise<void> {
  await db.query(
    `with sent as (
       update notification_deliveries
       set status = 'sent', response_code = $2, error = null, error_code = null, attempted_at = now(), claimed_until = null
       where id = $1 and status = 'pending'
       returning channel_id
     )
     update notification_channels n set failing_since = null, last_error = null, last_error_code = null
     from sent where n.id = sent.channel_id and n.failing_since is not null`,
    [id, responseCode],
  )
}

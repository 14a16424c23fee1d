import type { Queryable } from '../../database/index.ts'
import type { DeliveryErrorCode } from '../delivery-error.ts'

/** A test of a channel in the delivery log; one that went well ends a row of failures. */
export async function noteTest(
  db: Queryable,
  channelId: string,
  outcome: { responseCode: number | null; error: string | null; errorCode: DeliveryErrorCode | null },
): Promise<void> {
  await db.query(
    `with tested as (
       insert into notification_deliveries (channel_id, attempt, status, response_code, error, error_code, attempted_at)
       values ($1, 1, case when $3::text is null then 'sent' else 'failed' end, $2, $3, $4, now())
       returning channel_id, status
     )
     update notification_channels n set failing_since = null, last_error = null, last_error_code = null
     from tested where n.id = tested.channel_id and tested.status = 'sent'`,
    [channelId, outcome.responseCode, outcome.error, outcome.errorCode],
  )
}

import type { Queryable } from '../../database/index.ts'
import type { DeliveryErrorCode } from '../delivery-error.ts'

export interface Failure {
  id: bigint
  responseCode: number | null
  error: string
  errorCode: DeliveryErrorCode | null
  /** Until the next attempt; undefined gives the delivery up. */
  retryMs: number | undefined
}

/**
 * Notes a failed attempt, queues the next one, and marks the channel as failing since its first failure in a row. What it is of is locked
 * before the delivery, as by who deletes that.
 */
export async function noteFailed(db: Queryable, { id, responseCode, error, errorCode, retryMs }: Failure): Promise<void> {
  await db.query(
    `with parents as (
       select n.id from notification_deliveries d join alerts a on a.id = d.alert_id join notification_channels n on n.id = d.channel_id
       where d.id = $1
       for key share of a
       for no key update of n
     ), failed as (
       update notification_deliveries d
       set status = case when $4::float8 is null then 'given_up' else 'failed' end,
         response_code = $2, error = $3, error_code = $5, attempted_at = now(), claimed_until = null
       from parents
       where d.id = $1 and d.channel_id = parents.id and d.status = 'pending'
       returning d.alert_id, d.channel_id, d.attempt, d.failures
     ), marked as (
       update notification_channels n set failing_since = coalesce(n.failing_since, now()), last_error = $3, last_error_code = $5
       from failed where n.id = failed.channel_id
     )
     insert into notification_deliveries (alert_id, channel_id, attempt, failures, due_at)
     select alert_id, channel_id, attempt + 1, failures + 1, now() + make_interval(secs => $4::float8 / 1000)
     from failed where $4::float8 is not null`,
    [id, responseCode, error, retryMs, errorCode],
  )
}

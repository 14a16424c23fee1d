import type { Queryable } from '../../database/index.ts'
import type { ChannelKind } from '../channel.ts'
import type { DeliveryErrorCode } from '../delivery-error.ts'

/** What became of one attempt to send. */
export interface DeliveryAttempt {
  id: bigint
  attempt: number
  status: 'pending' | 'sent' | 'failed' | 'given_up'
  response_code: number | null
  error: string | null
  /** Null with an error: of a version that had no codes. */
  error_code: DeliveryErrorCode | null
  /** When it is to be made, or was. */
  due_at: Date
  attempted_at: Date | null
}

/** One attempt to send an alert by a channel. */
export interface Delivery extends DeliveryAttempt {
  channel_id: string
  /** Slug; null: the operator's own channel. */
  client: string | null
  kind: ChannelKind
  address: string
}

/** By channel, in the order of the attempts. */
export async function listDeliveries(db: Queryable, alertId: string): Promise<Delivery[]> {
  return await db.query<Delivery>(
    `select d.id, d.channel_id, c.slug as client, n.kind, n.address, d.attempt, d.status, d.response_code, d.error, d.error_code, d.due_at, d.attempted_at
     from notification_deliveries d join notification_channels n on n.id = d.channel_id left join clients c on c.id = n.client_id
     where d.alert_id = $1
     order by c.slug nulls first, n.kind, n.id, d.attempt`,
    [alertId],
  )
}

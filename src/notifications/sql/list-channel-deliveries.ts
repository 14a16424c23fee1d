import type { Queryable } from '../../database/index.ts'
import type { DeliveryAttempt } from './list-deliveries.ts'

/** One attempt of a channel's. */
export interface ChannelDelivery extends DeliveryAttempt {
  /** Null: a test. */
  alert_id: string | null
  alert_kind: string | null
  /** Of whom the alert tells; null: of no client. */
  client: string | null
}

/** The newest first, by index notification_deliveries_channel_id. */
export async function listChannelDeliveries(
  db: Queryable,
  { channelId, before, limit }: { channelId: string; before: bigint | undefined; limit: number },
): Promise<ChannelDelivery[]> {
  return await db.query<ChannelDelivery>(
    `select d.id, d.alert_id, a.kind as alert_kind, c.slug as client, d.attempt, d.status, d.response_code, d.error, d.error_code, d.due_at, d.attempted_at
     from notification_deliveries d left join alerts a on a.id = d.alert_id left join clients c on c.id = a.client_id
     where d.channel_id = $1 and ($2::bigint is null or d.id < $2)
     order by d.id desc
     limit $3`,
    [channelId, before, limit],
  )
}

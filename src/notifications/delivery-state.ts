import type { Queryable } from '../database/index.ts'
import { countDeliveries, type DeliveryCounts } from './sql/count-deliveries.ts'

/**
 * What became of an alert, by the delivery log. `partly`: some channels have it and others failed; `failed`: each of them did, those included
 * that are tried again; `waiting`: some have not been tried; `no_channel`: nobody but the gateway's log was told.
 */
export const deliveryStates = ['delivered', 'partly', 'failed', 'waiting', 'no_channel'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** By the alert's id, of each that is asked for. */
export async function findDeliveryStates(
  db: Queryable,
  alerts: readonly { id: string; deliveredAt: Date | null }[],
): Promise<ReadonlyMap<string, DeliveryState>> {
  const counts = await countDeliveries(
    db,
    alerts.map(({ id }) => id),
  )
  const known = new Map(counts.map((each) => [each.alert_id, stateOf(each)]))
  // Until it was given to its channels it has no deliveries.
  return new Map(alerts.map(({ id, deliveredAt }) => [id, known.get(id) ?? (deliveredAt === null ? 'waiting' : 'no_channel')]))
}

function stateOf({ channels, sent, failed }: DeliveryCounts): DeliveryState {
  if (sent === channels) return 'delivered'
  if (failed === channels) return 'failed'
  return sent > 0 && failed > 0 ? 'partly' : 'waiting'
}

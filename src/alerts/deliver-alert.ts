import type { Queryable } from '../database/index.ts'
import type { Alert } from './alert.ts'
import { findAlert } from './sql/find-alert.ts'
import { markDelivered } from './sql/mark-delivered.ts'

/** One way to tell somebody. Rejects when it could not; the alert then comes again, to every deliverer, under the same id. */
export interface AlertDeliverer {
  name: string
  deliver(alert: Alert): Promise<void>
}

/**
 * Delivers an alert, unless that was done already: at least once, and more than once where a process dies between delivering and noting it.
 * Receivers tell a repetition by the alert's id.
 */
export async function deliverAlert(db: Queryable, id: string, deliverers: readonly AlertDeliverer[]): Promise<void> {
  const alert = await findAlert(db, id)
  // Its client may have been deleted meanwhile.
  if (!alert || alert.deliveredAt !== null) return
  for (const deliverer of deliverers) await deliverer.deliver(alert)
  await markDelivered(db, id)
}

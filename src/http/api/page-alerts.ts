import { z } from 'zod'
import { type AlertKind, alertToJson, listAlerts } from '../../alerts/index.ts'
import type { Queryable } from '../../database/index.ts'
import { findDeliveryStates } from '../../notifications/index.ts'
import { fromCursor, toPage } from './list.ts'

export interface AlertPageQuery {
  clientId: string | undefined
  /** Undefined: all. */
  kinds: readonly AlertKind[] | undefined
  cursor: string | undefined
  limit: number
}

/** A page of alerts, newest first, of one client or of all: the same for operators and in the portal. */
export async function pageAlerts(db: Queryable, { clientId, kinds, cursor, limit }: AlertPageQuery) {
  const [micros, id] = fromCursor(cursor, z.tuple([z.string().regex(/^\d{1,18}$/), z.uuid()])) ?? []
  const after = micros === undefined || id === undefined ? undefined : { micros: BigInt(micros), id }
  const alerts = await listAlerts(db, { clientId, kinds, after, limit: limit + 1 })
  const states = await findDeliveryStates(db, alerts)
  return toPage(alerts, limit, {
    item: (alert) => ({ ...alertToJson(alert), delivery: states.get(alert.id) ?? 'no_channel' }),
    place: (alert) => [String(alert.micros), alert.id],
  })
}

import { z } from 'zod'
import { alertKinds } from '../../alerts/index.ts'
import { getClient } from '../../clients/index.ts'
import { deliveryStates } from '../../notifications/index.ts'
import { adminRoute, listQuery, pageAlerts, pageOf, time } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'

const alert = z.looseObject({
  id: z.string(),
  kind: z.enum(alertKinds),
  client: z.string().nullable(),
  details: z.looseObject({}),
  created_at: time,
  queued_at: time.nullable(),
  /** When it was handed to its channels; `delivery` says what became of it there. */
  delivered_at: time.nullable(),
  delivery: z.enum(deliveryStates),
})

/** `GET /api/admin/alerts`: newest first. */
export const alertsRoute = adminRoute({
  method: 'GET',
  url: '/alerts',
  summary: 'Alerts, newest first',
  access: 'read',
  input: { query: listQuery(['created_at'], { client: clientName.optional(), kind: z.enum(alertKinds).optional() }, ['desc']) },
  output: pageOf(alert),
  async handle({ owner }, { query }) {
    const clientId = query.client === undefined ? undefined : (await getClient(owner, query.client)).id
    return await pageAlerts(owner, { clientId, kinds: query.kind && [query.kind], cursor: query.cursor, limit: query.limit })
  },
})

import { z } from 'zod'
import { alertKinds } from '../../alerts/index.ts'
import { getClient } from '../../clients/index.ts'
import { adminRoute, listQuery, pageAlerts, pageOf, time } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'

const alert = z.looseObject({
  id: z.string(),
  kind: z.enum(alertKinds),
  client: z.string().nullable(),
  details: z.looseObject({}),
  created_at: time,
  queued_at: time.nullable(),
  delivered_at: time.nullable(),
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

import { z } from 'zod'
import { alertKinds, alertToJson, listAlerts } from '../../alerts/index.ts'
import { getClient } from '../../clients/index.ts'
import { adminRoute, time } from '../api/index.ts'
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

/** `GET /api/admin/alerts`: newest first, as `catraca alerts --json`. */
export const alertsRoute = adminRoute({
  method: 'GET',
  url: '/alerts',
  summary: 'Alerts, newest first',
  access: 'read',
  output: z.array(alert),
  input: { query: z.object({ client: clientName.optional(), limit: z.coerce.number().int().min(1).max(1_000).default(50) }) },
  async handle({ owner }, { query }) {
    const clientId = query.client === undefined ? undefined : (await getClient(owner, query.client)).id
    return (await listAlerts(owner, { clientId, limit: query.limit })).map(alertToJson)
  },
})

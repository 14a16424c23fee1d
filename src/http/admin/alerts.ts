import { z } from 'zod'
import { alertToJson, listAlerts } from '../../alerts/index.ts'
import { getClient } from '../../clients/index.ts'
import { adminRoute } from './admin-route.ts'
import { clientName } from './budget-schemas.ts'

/** `GET /api/admin/alerts`: newest first, as `catraca alerts --json`. */
export const alertsRoute = adminRoute({
  method: 'GET',
  url: '/alerts',
  input: { query: z.object({ client: clientName.optional(), limit: z.coerce.number().int().min(1).max(1_000).default(50) }) },
  async handle({ owner }, { query }) {
    const clientId = query.client === undefined ? undefined : (await getClient(owner, query.client)).id
    return (await listAlerts(owner, { clientId, limit: query.limit })).map(alertToJson)
  },
})

import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import { adminRoute, listQuery, pageOf } from '../api/index.ts'
import { callListFilters, callSorts, operatorCall, operatorCallToJson, readCalls } from '../reports/calls.ts'
import { defaultTimeZone, timeZone } from '../reports/usage-query.ts'
import { clientName } from './budget-schemas.ts'

/** `GET /api/admin/calls`: rows of gateway_usage_logs, newest first. Sorted by anything but time it looks at seven days at most. */
export const callsRoute = adminRoute({
  method: 'GET',
  url: '/calls',
  summary: 'Calls as they count, late truth in its place, newest first',
  access: 'read',
  output: pageOf(z.object(operatorCall)),
  input: {
    query: listQuery(callSorts, { ...callListFilters, client: clientName.optional(), time_zone: timeZone.default(defaultTimeZone) }),
  },
  async handle({ owner }, { query }) {
    const clientId = query.client === undefined ? undefined : (await getClient(owner, query.client)).id
    return await readCalls(owner, { clientId, timeZone: query.time_zone }, query, operatorCallToJson)
  },
})

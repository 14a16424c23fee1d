import { z } from 'zod'
import { listQuery, pageOf, portalRoute } from '../api/index.ts'
import { callListFilters, callSorts, ownCall, ownCallToJson, readCalls } from '../reports/calls.ts'
import { ownUsage } from './own-client.ts'

const { was_fallback: _operators, ...filters } = callListFilters

/** `GET /api/portal/calls`: the client's own calls; nothing of how the operator had them answered. */
export const callsRoute = portalRoute({
  method: 'GET',
  url: '/calls',
  summary: 'The client’s calls, newest first',
  access: 'read',
  output: pageOf(z.object(ownCall)),
  input: { query: listQuery(callSorts, { ...filters, search: z.uuid('write a call id').optional() }) },
  handle: async (context, { query }) => await readCalls(context.owner, await ownUsage(context), query, ownCallToJson),
})

import { z } from 'zod'
import { listQuery, portalRoute } from '../api/index.ts'
import { groupSorts, groups, readGroups } from '../reports/usage-groups.ts'
import { callFilters, windowFilters } from '../reports/usage-query.ts'
import { bucket, readSeries, series } from '../reports/usage-series.ts'
import { ownUsage } from './own-client.ts'

const filters = { ...windowFilters, ...callFilters }

/** `/api/portal/usage/*`: what the client's own calls came to, by its own clock. */
export const usageRoutes = [
  portalRoute({
    method: 'GET',
    url: '/usage/series',
    summary: 'Calls, tokens and costs by hour, day or month',
    access: 'read',
    output: series,
    input: { query: z.object({ ...filters, bucket, by: z.enum(['none', 'model', 'api_type']).default('none') }) },
    handle: async (context, { query }) => await readSeries(context.owner, await ownUsage(context), query),
  }),
  portalRoute({
    method: 'GET',
    url: '/usage/groups',
    summary: 'Sums of each model or kind of call',
    access: 'read',
    output: groups,
    input: { query: listQuery(groupSorts, { ...filters, by: z.enum(['model', 'api_type']).default('model') }) },
    handle: async (context, { query }) => await readGroups(context.owner, await ownUsage(context), query),
  }),
]

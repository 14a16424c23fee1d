import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import type { Queryable } from '../../database/index.ts'
import { countFailures } from '../../usage/index.ts'
import { adminRoute, count, listQuery, time } from '../api/index.ts'
import { groupSorts, groups, readGroups } from '../reports/usage-groups.ts'
import { latency, readLatency } from '../reports/usage-latency.ts'
import { type Asked, callFilters, defaultTimeZone, readWindow, timeZone, windowFilters } from '../reports/usage-query.ts'
import { bucket, readSeries, series } from '../reports/usage-series.ts'
import { clientName } from './budget-schemas.ts'

const filters = { ...windowFilters, ...callFilters, client: clientName.optional(), time_zone: timeZone.default(defaultTimeZone) }

async function askedOf(db: Queryable, query: { client?: string | undefined; time_zone: string }): Promise<Asked> {
  return {
    clientId: query.client === undefined ? undefined : (await getClient(db, query.client)).id,
    timeZone: query.time_zone,
  }
}

const failure = {
  provider: z.string(),
  model: z.string(),
  calls: count,
  last_at: time,
}

/** `/api/admin/usage/*`: what calls came to, by time and by who or what, as rollups have it. */
export const usageRoutes = [
  adminRoute({
    method: 'GET',
    url: '/usage/series',
    summary: 'Calls, tokens and costs by hour, day or month; the eight largest keys, and all others together',
    access: 'read',
    output: series,
    input: { query: z.object({ ...filters, bucket, by: z.enum(['none', 'client', 'provider', 'model', 'api_type']).default('none') }) },
    handle: async ({ owner }, { query }) => await readSeries(owner, await askedOf(owner, query), query),
  }),
  adminRoute({
    method: 'GET',
    url: '/usage/groups',
    summary: 'Sums of each client, provider, model or kind of call',
    access: 'read',
    output: groups,
    input: { query: listQuery(groupSorts, { ...filters, by: z.enum(['client', 'provider', 'model', 'api_type']).default('client') }) },
    handle: async ({ owner }, { query }) => await readGroups(owner, await askedOf(owner, query), query),
  }),
  adminRoute({
    method: 'GET',
    url: '/usage/latency',
    summary: 'How long answers took: percentiles of the window and of its buckets',
    access: 'read',
    output: latency,
    input: { query: z.object({ ...filters, bucket }) },
    handle: async ({ owner }, { query }) => await readLatency(owner, await askedOf(owner, query), query),
  }),
  adminRoute({
    method: 'GET',
    url: '/usage/failures',
    summary: 'Errors by code and fallbacks by reason, most frequent first',
    access: 'read',
    output: z.object({
      from: time,
      to: time,
      errors: z.array(z.object({ error_code: z.string().nullable(), ...failure })),
      fallbacks: z.array(z.object({ fallback_reason: z.string().nullable(), ...failure })),
    }),
    input: { query: z.object(filters) },
    async handle({ owner }, { query }) {
      const window = await readWindow(owner, await askedOf(owner, query), query, { days: 30, mostDays: 100 })
      const rows = (await countFailures(owner, window)).map(({ kind, reason, provider, model_name, calls, last_at }) => ({
        kind,
        reason,
        told: { provider, model: `${provider}/${model_name}`, calls, last_at },
      }))
      return {
        from: window.from,
        to: window.to,
        errors: rows.filter(({ kind }) => kind === 'error').map(({ reason, told }) => ({ error_code: reason, ...told })),
        fallbacks: rows.filter(({ kind }) => kind === 'fallback').map(({ reason, told }) => ({ fallback_reason: reason, ...told })),
      }
    },
  }),
]

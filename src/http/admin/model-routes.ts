import { z } from 'zod'
import { getClient } from '../../clients/index.ts'
import { type ListedRoute, listRoutes, removeRoute, setRoute, strategies } from '../../routing/index.ts'
import { type ApiContext, adminRoute, count } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'
import { knownModels, modelNames } from './model-names.ts'

const target = z.strictObject({
  model: z.string().min(1).max(200),
  via: z.enum(['vercel', 'direct']).optional(),
  weight: z.number().int().min(0).max(1_000_000).optional(),
})
const ms = z.number().int().min(1).max(86_400_000)
const timeouts = z.strictObject({
  connect_ms: ms.optional(),
  first_byte_ms: ms.optional(),
  idle_ms: ms.optional(),
  total_ms: ms.optional(),
})
const downgrade = z.strictObject({ model: z.string().min(1).max(200), threshold: z.number().gt(0).max(100) })

const route = z.object({
  alias: z.string(),
  /** Null: of every client that has none of its own by this name. */
  client: z.string().nullable(),
  strategy: z.enum(strategies),
  targets: z.array(z.object({ model: z.string(), via: z.enum(['vercel', 'direct']).nullable(), weight: count.nullable() })),
  fallbacks: z.array(z.string()).nullable(),
  hedge_after_ms: count.nullable(),
  downgrade: downgrade.nullable(),
  timeouts: z.object({
    connect_ms: count.nullable(),
    first_byte_ms: count.nullable(),
    idle_ms: count.nullable(),
    total_ms: count.nullable(),
  }),
})

function routeToJson({ alias, slug, strategy, targets, fallbacks, hedgeAfterMs, downgrade: cheaper, timeouts: times }: ListedRoute) {
  return {
    alias,
    client: slug ?? null,
    strategy,
    targets: targets.map(({ model, via, weight }) => ({ model, via: via ?? null, weight: weight ?? null })),
    fallbacks: fallbacks ? [...fallbacks] : null,
    hedge_after_ms: hedgeAfterMs ?? null,
    downgrade: cheaper ?? null,
    timeouts: {
      connect_ms: times.connectMs ?? null,
      first_byte_ms: times.firstByteMs ?? null,
      idle_ms: times.idleMs ?? null,
      total_ms: times.totalMs ?? null,
    },
  }
}

const whose = z.object({ client: clientName.optional() })
const clientIdOf = async ({ owner }: ApiContext, which: string | undefined) =>
  which === undefined ? undefined : (await getClient(owner, which)).id

export const modelRouteRoutes = [
  adminRoute({
    method: 'GET',
    url: '/routes',
    summary: 'Aliases: the operator’s own names for models, and what decides between those that one stands for',
    access: 'read',
    input: { query: whose },
    output: z.array(route),
    async handle(context, { query }) {
      const clientId = await clientIdOf(context, query.client)
      const routes = await listRoutes(context.owner)
      return routes.filter((each) => query.client === undefined || each.clientId === clientId).map(routeToJson)
    },
  }),
  adminRoute({
    method: 'PUT',
    url: '/routes/:alias',
    summary: 'Makes an alias or changes it; with `client`, that client’s own',
    access: 'write',
    input: {
      params: z.object({ alias: z.string().max(100) }),
      query: whose,
      body: z.strictObject({
        strategy: z.enum(strategies).optional(),
        targets: z.array(target).min(1).max(20).optional(),
        fallbacks: modelNames.nullable().optional(),
        hedge_after_ms: ms.nullable().optional(),
        downgrade: downgrade.nullable().optional(),
        timeouts: timeouts.nullable().optional(),
      }),
    },
    output: route,
    async handle(context, { params: { alias }, query, body }) {
      const clientId = await clientIdOf(context, query.client)
      const models = [...(body.targets ?? []).map(({ model }) => model), ...(body.fallbacks ?? [])]
      await knownModels(context, body.downgrade ? [...models, body.downgrade.model] : models)
      const { connect_ms: connectMs, first_byte_ms: firstByteMs, idle_ms: idleMs, total_ms: totalMs } = body.timeouts ?? {}
      const times = { connectMs, firstByteMs, idleMs, totalMs }
      const made = await setRoute(context.owner, clientId, alias, {
        strategy: body.strategy,
        targets: body.targets,
        fallbacks: body.fallbacks,
        hedgeAfterMs: body.hedge_after_ms,
        downgrade: body.downgrade,
        timeouts:
          body.timeouts &&
          (Object.fromEntries(Object.entries(times).filter(([, value]) => value !== undefined)) as ListedRoute['timeouts']),
      })
      return routeToJson(made)
    },
  }),
  adminRoute({
    method: 'DELETE',
    url: '/routes/:alias',
    summary: 'The name means nothing any more',
    access: 'write',
    input: { params: z.object({ alias: z.string().max(100) }), query: whose },
    output: z.object({ removed: z.literal(true) }),
    async handle(context, { params: { alias }, query }) {
      await removeRoute(context.owner, await clientIdOf(context, query.client), alias)
      return { removed: true } as const
    },
  }),
] as const

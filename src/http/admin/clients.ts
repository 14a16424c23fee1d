import { z } from 'zod'
import { clearCache } from '../../cache/index.ts'
import { type ClientChange, changeClient, clientToJson, createClient, getClient, pageClients } from '../../clients/index.ts'
import { budgetToJson, listBudgets } from '../../ledger/index.ts'
import { channelKinds, checkAddress, clientColumns } from '../../notifications/index.ts'
import { adminRoute, count, fromCursor, listQuery, pageOf, time, toPage } from '../api/index.ts'
import { budget, clientName } from './budget-schemas.ts'
import { knownModels, modelNames } from './model-names.ts'

export const client = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  plan: z.string(),
  status: z.enum(['active', 'suspended']),
  use_ai_gateway: z.boolean(),
  time_zone: z.string(),
  locale: z.enum(['pt-BR', 'en']),
  primary_model: z.string(),
  fallback_chain: z.array(z.string()).nullable(),
  default_max_output_tokens: count.nullable(),
  max_requests_per_minute: count.nullable(),
  max_tokens_per_minute: count.nullable(),
  max_concurrent_calls: count.nullable(),
  cache_enabled: z.boolean().nullable(),
  /** Null: only exactly the same request is answered from the cache. */
  semantic_cache: z.object({ model: z.string(), similarity: z.number() }).nullable(),
  portal_may_manage_keys: z.boolean(),
  /** What contacts of its bot said and were told is deleted after so many days; null: it is kept. */
  message_retention_days: count.nullable(),
  paused: z.boolean(),
})
const listed = client.extend({ active_keys: count, created_at: time, budgets: z.array(budget) })

const timeZone = z.string().min(1).max(64)
const limit = z.number().int().min(1).max(2_000_000_000)
const change = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  plan: z.string().min(1).max(100).optional(),
  status: z.enum(['active', 'suspended']).optional(),
  use_ai_gateway: z.boolean().optional(),
  time_zone: timeZone.optional(),
  locale: z.enum(['pt-BR', 'en']).optional(),
  primary_model: z.string().min(1).max(200).optional(),
  fallback_chain: modelNames.nullable().optional(),
  default_max_output_tokens: limit.nullable().optional(),
  max_requests_per_minute: limit.nullable().optional(),
  max_tokens_per_minute: limit.nullable().optional(),
  max_concurrent_calls: limit.nullable().optional(),
  cache_enabled: z.boolean().nullable().optional(),
  portal_may_manage_keys: z.boolean().optional(),
  message_retention_days: limit.nullable().optional(),
  notification_email: z.string().max(320).nullable().optional(),
  notification_webhook_url: z.string().max(2_000).nullable().optional(),
  notification_whatsapp: z.string().max(20).nullable().optional(),
})

const params = z.object({ client: clientName })
const url = '/clients/:client'

export const clientRoutes = [
  adminRoute({
    method: 'GET',
    url: '/clients',
    summary: 'Clients, with their budgets as they stand now',
    access: 'read',
    input: {
      query: listQuery(
        ['slug', 'name', 'created_at', 'usage'],
        {
          search: z.string().max(100).optional(),
          plan: z.string().max(100).optional(),
          status: z.enum(['active', 'suspended']).optional(),
        },
        ['asc', 'desc'],
      ),
    },
    output: pageOf(listed),
    async handle({ owner }, { query }) {
      const [offset] = fromCursor(query.cursor, z.tuple([z.number().int().min(0)])) ?? [0]
      const { clients, total } = await pageClients(owner, {
        sort: query.sort,
        order: query.order,
        limit: query.limit,
        search: query.search,
        plan: query.plan,
        status: query.status,
        offset,
      })
      const budgets = Map.groupBy(
        await listBudgets(
          owner,
          clients.map(({ id }) => id),
        ),
        ({ clientId }) => clientId,
      )
      return toPage(clients, query.limit, {
        item: (each) => ({
          ...clientToJson(each),
          active_keys: each.activeKeys,
          created_at: each.createdAt,
          budgets: (budgets.get(each.id) ?? []).map(budgetToJson),
        }),
        place: () => [offset + query.limit],
        total,
      })
    },
  }),
  adminRoute({
    method: 'POST',
    url: '/clients',
    summary: 'Adds a client',
    access: 'write',
    input: {
      body: z.strictObject({
        slug: z.string().min(1).max(63),
        name: z.string().min(1).max(200),
        plan: z.string().min(1).max(100).optional(),
        use_ai_gateway: z.boolean().optional(),
        time_zone: timeZone.optional(),
        locale: z.enum(['pt-BR', 'en']).optional(),
      }),
    },
    output: client,
    async handle({ owner }, { body }) {
      const { slug, name, plan, use_ai_gateway: usesGateway, time_zone: zone, locale } = body
      return clientToJson(await createClient(owner, { slug, name, plan, usesGateway, timeZone: zone, locale }))
    },
  }),
  adminRoute({
    method: 'GET',
    url,
    summary: 'One client',
    access: 'read',
    input: { params },
    output: client,
    handle: async ({ owner }, input) => clientToJson(await getClient(owner, input.params.client)),
  }),
  adminRoute({
    method: 'PATCH',
    url,
    summary: 'Changes a client; what is not named stays, null takes the shared setting',
    access: 'write',
    input: { params, body: change },
    output: client,
    async handle(context, input) {
      const wish: ClientChange = input.body
      for (const kind of channelKinds) {
        const address = wish[clientColumns[kind]]
        if (typeof address === 'string') checkAddress(kind, address, context.allowsLocalWebhooks)
      }
      await knownModels(context, [...(wish.fallback_chain ?? []), ...(wish.primary_model === undefined ? [] : [wish.primary_model])])
      return clientToJson(await changeClient(context.owner, input.params.client, wish))
    },
  }),
  adminRoute({
    method: 'POST',
    url: `${url}/cache/clear`,
    summary: 'Forgets what is cached for the client, on every replica',
    access: 'write',
    input: { params },
    output: z.object({ answers: count }),
    async handle({ owner }, input) {
      const { answers } = await clearCache(owner, (await getClient(owner, input.params.client)).id)
      return { answers }
    },
  }),
] as const

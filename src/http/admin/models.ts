import { z } from 'zod'
import { knownProviders } from '../../gateway/index.ts'
import {
  apiTypes,
  findModelPage,
  type ListedModelRow,
  loadPriceSource,
  type ModelPageQuery,
  putModel,
  syncRegistry,
  updateModel,
} from '../../pricing/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import { type ApiContext, adminRoute, amount, count, fromCursor, listQuery, pageOf, time, toPage } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'

const apiType = z.enum(apiTypes)

const model = z.object({
  id: z.string(),
  gateway_identifier: z.string(),
  provider: z.string(),
  model_name: z.string(),
  api_type: apiType,
  is_active: z.boolean(),
  /** US dollars. */
  input_price_per_million: amount.nullable(),
  output_price_per_million: amount.nullable(),
  cached_input_price_per_million: amount.nullable(),
  cache_write_price_per_million: amount.nullable(),
  price_per_audio_minute: amount.nullable(),
  price_per_character: amount.nullable(),
  price_per_image: amount.nullable(),
  /** `operator`: typed by a person, so a refresh leaves it alone. */
  price_source: z.enum(['catalogue', 'operator']),
  valid_from: time,
  valid_to: time.nullable(),
  context_window: count.nullable(),
  max_output_tokens: count.nullable(),
  default_max_output_tokens: count,
  capabilities: z.looseObject({}),
  aliases: z.array(z.string()),
  updated_at: time,
})

function modelToJson(row: ListedModelRow): z.input<typeof model> {
  const { total: _total, creator: _creator, price_id: _price, price_tiers: _tiers, vercel_identifier: _vercel, ...rest } = row
  const { minimum_audio_seconds: _audio, cache_write_1h_price_per_million: _hour, price_reference: _reference, ...shown } = rest
  return { ...shown, capabilities: { ...shown.capabilities } }
}

const price = z.string().regex(/^\d{1,6}(\.\d{1,15})?$/, 'write US dollars as a decimal, like 0.15')
const tokens = z.number().int().min(1).max(100_000_000)
const aliases = z.array(z.string().regex(/^\S{1,200}$/)).max(50)

const change = z.strictObject({
  input_price_per_million: price.nullable().optional(),
  output_price_per_million: price.nullable().optional(),
  cached_input_price_per_million: price.nullable().optional(),
  cache_write_price_per_million: price.nullable().optional(),
  price_per_audio_minute: price.nullable().optional(),
  price_per_character: price.nullable().optional(),
  price_per_image: price.nullable().optional(),
  context_window: tokens.nullable().optional(),
  max_output_tokens: tokens.nullable().optional(),
  default_max_output_tokens: tokens.optional(),
  aliases: aliases.optional(),
  is_active: z.boolean().optional(),
})

const all: Omit<ModelPageQuery, 'limit' | 'offset'> = {
  search: undefined,
  provider: undefined,
  apiType: undefined,
  isActive: undefined,
  id: undefined,
  sort: 'identifier',
  order: 'asc',
}

async function getModel({ owner }: ApiContext, id: string) {
  const [row] = await findModelPage(owner, { ...all, id, limit: 1, offset: 0 })
  if (!row) throw new InvalidRequestError('not_found', `There is no model ${id} in the registry.`)
  return modelToJson(row)
}

const priceChange = z.object({ model: z.string(), column: z.string(), before: z.unknown(), after: z.unknown() })

export const modelRoutes = [
  adminRoute({
    method: 'GET',
    url: '/models',
    summary: 'The registry: models with their prices and validity, also those that are switched off',
    access: 'read',
    input: {
      query: listQuery(
        ['identifier', 'input_price', 'output_price', 'updated_at'],
        {
          search: z.string().max(100).optional(),
          provider: z.string().max(100).optional(),
          api_type: apiType.optional(),
          is_active: z.enum(['true', 'false']).optional(),
        },
        ['asc', 'desc'],
      ),
    },
    output: pageOf(model),
    async handle({ owner }, { query }) {
      const [offset] = fromCursor(query.cursor, z.tuple([z.number().int().min(0)])) ?? [0]
      const { search, provider, sort, order, limit } = query
      const isActive = query.is_active === undefined ? undefined : query.is_active === 'true'
      const rows = await findModelPage(owner, { ...all, search, provider, apiType: query.api_type, isActive, sort, order, limit, offset })
      return toPage(rows, limit, { item: modelToJson, place: () => [offset + limit], total: rows[0]?.total ?? 0 })
    },
  }),
  adminRoute({
    method: 'POST',
    url: '/models',
    summary: 'Adds a model that the pricing library does not know',
    access: 'write',
    input: {
      body: z.strictObject({
        provider: z.string().min(1).max(100),
        model_name: z.string().regex(/^\S{1,200}$/),
        api_type: z.enum(['chat', 'embeddings']),
        input_price_per_million: price,
        output_price_per_million: price.optional(),
        context_window: tokens.optional(),
        max_output_tokens: tokens.optional(),
        aliases: aliases.optional(),
        tools: z.boolean().optional(),
        structured_output: z.boolean().optional(),
      }),
    },
    output: model,
    async handle(context, { body }) {
      const known = await knownProviders(context.owner)
      if (!known.includes(body.provider)) {
        throw new InvalidRequestError('invalid_body', `There is no provider "${body.provider}": there are ${known.join(', ')}.`)
      }
      if (body.api_type === 'chat' && body.output_price_per_million === undefined) {
        throw new InvalidRequestError('invalid_body', 'output_price_per_million: a chat model has two prices (0 is one too)')
      }
      const { tools, structured_output, ...columns } = body
      await putModel(context.owner, {
        ...columns,
        output_price_per_million: body.output_price_per_million,
        cached_input_price_per_million: undefined,
        capabilities: { ...(tools !== undefined && { tools }), ...(structured_output !== undefined && { structured_output }) },
        context_window: body.context_window,
        max_output_tokens: body.max_output_tokens,
        default_max_output_tokens: undefined,
        price_per_audio_minute: undefined,
        price_per_character: undefined,
        price_per_image: undefined,
        aliases: body.aliases,
      })
      const name = `${body.provider}/${body.model_name}`
      const rows = await findModelPage(context.owner, { ...all, search: name, limit: 100, offset: 0 })
      return modelToJson(rows.find((row) => row.gateway_identifier === name) as ListedModelRow)
    },
  }),
  adminRoute({
    method: 'PATCH',
    url: '/models/:model',
    summary: 'Changes a model; other prices become a new version, and rows keep the old ones',
    access: 'write',
    input: { params: z.object({ model: z.uuid() }), body: change },
    output: model,
    async handle(context, { params, body }) {
      if (!(await updateModel(context.owner, params.model, body))) {
        throw new InvalidRequestError('not_found', `There is no model ${params.model} in the registry.`)
      }
      return await getModel(context, params.model)
    },
  }),
  adminRoute({
    method: 'POST',
    url: '/models/sync',
    summary: 'Brings prices and models up to the pricing library; with `preview` it only says what would change',
    access: 'write',
    input: { body: z.strictObject({ preview: z.boolean() }) },
    output: z.object({ added: z.array(z.string()), changed: z.array(priceChange), kept: z.array(priceChange) }),
    async handle({ owner }, { body }) {
      const report = await syncRegistry(owner, await loadPriceSource(new Date().toISOString().slice(0, 10)), body)
      const show = ({ gatewayIdentifier, column, before, after }: (typeof report.changed)[number]) => ({
        model: gatewayIdentifier,
        column,
        before,
        after,
      })
      return { added: report.added, changed: report.changed.map(show), kept: report.kept.map(show) }
    },
  }),
  adminRoute({
    method: 'POST',
    url: '/models/test',
    summary: 'One small call of a model for a client, through the whole gateway; it is billed',
    access: 'write',
    input: { body: z.strictObject({ client: clientName, model: z.string().min(1).max(200) }) },
    output: z.object({ text: z.string(), model: z.string(), provider: z.string(), latency_ms: z.number(), total_tokens: z.number() }),
    async handle(context, { body }) {
      const test = await context.testGateway(body.client, body.model)
      if (!test.enabled) throw new InvalidRequestError('invalid_body', 'The gateway is off, or this client may not use it.')
      const { text, model: answered, provider, latencyMs, usage } = test.result
      return { text, model: answered, provider, latency_ms: latencyMs, total_tokens: usage.totalTokens }
    },
  }),
] as const

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { listAliases, listModels } from '../../gateway/index.ts'
import type { Model } from '../../pricing/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import { formatDecimal, nanoDigits } from '../../shared/money.ts'
import type { HttpContext } from '../http-context.ts'
import { presentedKey } from '../presented-key.ts'

/** `GET /v1/models` and `GET /v1/models/{id}`: what this client key may call, in OpenAI's shape. */
export function models(app: FastifyInstance, context: HttpContext): void {
  app.get('/v1/models', async (request, reply) => {
    const { aliases, models } = await callable(context, request)
    const named = models.filter((model) => !aliases.includes(model.gatewayIdentifier))
    return reply.header('cache-control', 'no-store').send({ object: 'list', data: [...aliases.map(toOpenAiAlias), ...named.map(toOpenAi)] })
  })

  app.get<{ Params: { '*': string } }>('/v1/models/*', async (request, reply) => {
    const { aliases, models } = await callable(context, request)
    const name = request.params['*']
    if (aliases.includes(name)) return reply.header('cache-control', 'no-store').send(toOpenAiAlias(name))
    const wanted = (await context.models()).find(name)
    const model = models.find((candidate) => candidate.id === wanted?.id)
    if (!model)
      throw new InvalidRequestError('unknown_model', `The model "${name.slice(0, 100)}" does not exist or this key may not use it.`)
    return reply.header('cache-control', 'no-store').send(toOpenAi(model))
  })
}

async function callable(context: HttpContext, request: FastifyRequest): Promise<{ aliases: string[]; models: Model[] }> {
  const caller = await context.clients.authenticate(presentedKey(request.headers))
  return { aliases: await listAliases(context, caller), models: await listModels(context, caller) }
}

/** The operator's own name for one model or several. */
function toOpenAiAlias(alias: string) {
  return { id: alias, object: 'model', created: 0, owned_by: 'catraca' }
}

/** `created` is a field that OpenAI's clients require and the registry does not know; it is the same for all. */
function toOpenAi(model: Model) {
  const { prices } = model
  return {
    id: model.gatewayIdentifier,
    object: 'model',
    created: 0,
    owned_by: model.creator,
    api_type: model.apiType,
    context_window: model.contextWindow ?? null,
    max_output_tokens: model.maxOutputTokens ?? null,
    /** In dollars, as decimals; what a model is not billed by is left out. */
    pricing: {
      currency: 'USD',
      ...perMillion('input_per_million', prices.input),
      ...perMillion('cached_input_per_million', prices.cachedInput),
      ...perMillion('output_per_million', prices.output),
      ...perUnit('audio_minute', prices.audioMinute),
      ...perUnit('character', prices.character),
      ...perUnit('image', prices.image),
    },
  }
}

/** A price of one unit is kept as nano-dollars for a million. */
const perUnitDigits = 15

function perMillion(name: string, price: bigint) {
  return price === 0n ? {} : { [name]: formatDecimal(price, nanoDigits) }
}

function perUnit(name: string, price: bigint | undefined) {
  return price === undefined ? {} : { [name]: formatDecimal(price, perUnitDigits) }
}

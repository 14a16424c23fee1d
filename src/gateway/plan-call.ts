import type { Client, ClientKey } from '../clients/index.ts'
import type { KindName } from '../dialects/index.ts'
import type { CallBounds, CallFacts } from '../ledger/index.ts'
import { type ExchangeQuote, type Model, type ModelRegistry, upperBound } from '../pricing/index.ts'
import { type Credentials, providerOf, type Target, type Timeouts } from '../providers/index.ts'
import { explainWithoutKey, planRoute } from '../routing/index.ts'
import { ConfigurationError, InvalidRequestError, InvariantError } from '../shared/errors.ts'
import { nanoUsd, usdToBrl } from '../shared/money.ts'
import type { Call, CallDemand } from './call.ts'
import { isBilledByUnits, isServed } from './kind-of-call.ts'
import { mayUse } from './may-use.ts'
import type { PlanContext, PlannedCall } from './plan-context.ts'
import { apiTypeOf, coversAudio, identify, isCallable, type ResolvedModel, resolveModel, wantedOutput } from './resolve-model.ts'
import { revealCredentials, type SharedGatewayConfig } from './shared-config.ts'

/** Fewer output tokens than this are no answer: a call that cannot have them is refused. */
const leastUsefulOutput = 16

/** Everything that is decided before the money is held, and fixed from then on. */
export interface CallPlan {
  /** The registry's identifier of the model that was asked for by its own name. */
  requested: string | undefined
  /** The operator's name for it that was asked for instead. */
  alias: string | undefined
  targets: [Target, ...Target[]]
  /** The model of each target, by its identifier. */
  models: ReadonlyMap<string, Model>
  credentials: Credentials
  bounds: CallBounds
  /** Output tokens wanted for each answer, and the least that is of use. */
  outputTokens: number
  minOutputTokens: number
  rate: ExchangeQuote | undefined
  /** How long its answer may be given again; undefined: the cache is off for this client. */
  cacheTtlMs: number | undefined
  /** Why the first target is not the model that was asked for; undefined when it is. */
  skipped: string | undefined
  /** A call without a word after so long is asked of the next target as well. */
  hedgeAfterMs: number | undefined
  /** How many calls of all clients together may be under way; undefined: any number. */
  sharedCap: number | undefined
  timeouts: Timeouts
}

/**
 * Throws InvalidRequestError (unknown model), PermissionError (model not allowed) or ConfigurationError (no key for it). `random` (0 to 1)
 * decides between the targets of an alias with weights.
 */
export async function planCall(context: PlanContext, call: PlannedCall, random: () => number = Math.random): Promise<CallPlan> {
  if (context.sharedConfig.isCached) context.log.info('[AI Gateway] Using cached shared config')
  const shared = await context.sharedConfig.get()
  const registry = await context.models()
  const resolved = await resolveModel(context, registry, call, { random, hasRoute: (identifier) => hasRoute(shared, identifier) })
  const [requested] = resolved.models
  refuseUncoveredAudio(call.demand, requested.model)
  const { targets, models } = targetsFor(shared, registry, call, resolved)
  const rate = context.rates.find()
  const outputTokens = wantedOutput(call, resolved.alias ? registry.get(targets[0].identifier, apiTypeOf(call.demand)) : requested.model)
  const { timeouts } = context.settings
  return {
    // Who asks by an alias chose none of its models.
    requested: resolved.alias ? undefined : requested.model.gatewayIdentifier,
    alias: resolved.alias?.name,
    targets,
    models,
    credentials: revealCredentials(shared, call.client.slug),
    bounds: boundsOf(call.demand, [...models.values()], rate),
    outputTokens,
    // Only a chat can be told to answer with less.
    minOutputTokens: call.demand.kind ? outputTokens : Math.min(leastUsefulOutput, outputTokens),
    rate,
    cacheTtlMs: (call.client.usesCache ?? shared.cacheEnabled) ? shared.cacheTtlSeconds * 1_000 : undefined,
    skipped: resolved.downgraded ?? explainSkipped(registry, call, resolved, targets[0]),
    hedgeAfterMs: resolved.hedgeAfterMs,
    sharedCap: shared.maxConcurrentCalls,
    timeouts: { ...timeouts, ...resolved.timeouts, totalMs: Math.min(timeouts.totalMs, resolved.timeouts.totalMs ?? timeouts.totalMs) },
  }
}

/** Why the first target is none of the models that come first; undefined when it is. */
function explainSkipped(registry: ModelRegistry, call: PlannedCall, { alias, models }: ResolvedModel, first: Target): string | undefined {
  const allowed = models.filter(({ model }) => mayUse(registry, call, model))
  const wanted = alias && alias.choice.strategy !== 'ordered' ? allowed : allowed.slice(0, 1)
  const [preferred] = allowed
  return !preferred || wanted.some(({ identifier }) => identifier === first.identifier)
    ? undefined
    : explainWithoutKey(preferred.identifier)
}

/** The plan has the model of each of its targets. */
export function modelOf({ models }: CallPlan, { identifier }: Target): Model {
  const model = models.get(identifier)
  if (!model) throw new InvariantError('internal', `The plan has no model for ${identifier}.`)
  return model
}

/**
 * Who counts the tokens of a request for nothing: the model's own creator, asked directly. Undefined where there is no such way. Throws
 * as `planCall` does.
 */
export async function planCount(
  context: PlanContext,
  call: PlannedCall,
): Promise<{ target: Target; credentials: Credentials } | undefined> {
  const shared = await context.sharedConfig.get()
  const registry = await context.models()
  // Of an alias, the first model that it stands for.
  const resolved = await resolveModel(context, registry, call, {
    random: Math.random,
    hasRoute: (identifier) => hasRoute(shared, identifier),
  })
  const [requested] = resolved.models
  const allowedModels = mayUse(registry, call, requested.model) ? undefined : []
  const targets = planRoute({ ...routesOf(shared), requested: requested.identifier, chain: [], allowedModels })
  const target = targets.find((candidate) => candidate.via === 'direct' && providerOf(candidate).countTokens !== undefined)
  return target && { target, credentials: revealCredentials(shared, call.client.slug) }
}

/** What the row says of the call whatever becomes of it. */
export function factsOf<Out>(call: Call<Out>, plan: CallPlan, target: Target): CallFacts {
  const model = plan.models.get(target.identifier)
  return {
    source: call.source,
    apiType: apiTypeOf(call.demand),
    provider: target.creator,
    modelName: model?.modelName ?? target.modelName,
    requestedModel: plan.alias,
    via: target.via,
    conversationId: call.conversationId,
    phone: call.phone,
    usdBrlRate: plan.rate?.rate,
    rateSource: plan.rate?.source,
    rateAt: plan.rate?.quotedAt,
    priceId: model?.priceId,
    flags: [],
  }
}

interface PlannedTargets {
  shared: SharedGatewayConfig
  registry: ModelRegistry
  client: Client
  requested: string
  targets: [Target, ...Target[]]
  models: ReadonlyMap<string, Model>
}

/** Of each key's last plain call: most programs ask for one model again and again, and until something changes its targets stay the same. */
const lastTargets = new WeakMap<ClientKey, PlannedTargets>()

function targetsFor(shared: SharedGatewayConfig, registry: ModelRegistry, call: PlannedCall, resolved: ResolvedModel): PlannedTargets {
  const { client, key, demand } = call
  const requested = resolved.models[0].identifier
  const isPlain = !resolved.alias && !demand.kind && !demand.fallbackChain && !demand.hasAudio
  const last = isPlain && key ? lastTargets.get(key) : undefined
  const isSame = last?.shared === shared && last.registry === registry && last.client === client && last.requested === requested
  if (last && isSame) return last
  const targets = planTargets(shared, registry, call, resolved)
  const models = new Map(targets.map((target) => [target.identifier, registry.get(target.identifier, apiTypeOf(demand))]))
  const planned = { shared, registry, client, requested, targets, models }
  if (isPlain && key) lastTargets.set(key, planned)
  return planned
}

function planTargets(
  shared: SharedGatewayConfig,
  registry: ModelRegistry,
  call: PlannedCall,
  { alias, models }: ResolvedModel,
): [Target, ...Target[]] {
  // One model's vectors say nothing beside another's.
  const isComparable = call.demand.kind?.apiType !== 'embeddings'
  const fallbacks = call.demand.fallbackChain ?? alias?.fallbacks ?? call.client.fallbackChain ?? shared.defaultFallbackChain
  const chain = isComparable ? fallbacks : []
  // A model of the chain that the registry does not know has no price, so it cannot be called.
  const callable = chain
    .filter((name) => isCallable(registry.find(name), call.demand))
    .map((name) => identify(registry, name, call.demand).identifier)
  const wanted = models.map(({ identifier }) => identifier)
  try {
    const targets = planRoute({
      ...routesOf(shared),
      requested: alias?.name ?? models[0].identifier,
      choice: alias?.choice,
      chain: callable,
      allowedModels: [...wanted, ...callable].filter((name) => mayUse(registry, call, registry.get(name))),
    })
    const [first, ...others] = targets.filter((target) => isServed(target, call.demand.kind?.name))
    if (!first) throw notServed(alias?.name ?? models[0].identifier, call.demand)
    return [first, ...others]
  } catch (error) {
    // Without any route, a key that does not open is the better explanation than a key that is missing.
    const [first] = shared.failures.values()
    const failure = wanted.map((name) => shared.failures.get(name.slice(0, name.indexOf('/')))).find((one) => one !== undefined) ?? first
    throw error instanceof ConfigurationError ? (failure ?? error) : error
  }
}

function notServed(requested: string, { kind }: CallDemand): ConfigurationError {
  const message = `No route that there is a shared key for serves ${kind?.name} of ${requested}: its creator's own key is needed, or, of a provider of your own, --kinds.`
  return new ConfigurationError('gateway_without_keys', message, { details: { model: requested } })
}

/** Is there a shared key for the model on any route that serves this kind of call? */
export function hasRoute(shared: SharedGatewayConfig, identifier: string, kind?: KindName): boolean {
  try {
    return planRoute({ ...routesOf(shared), requested: identifier, chain: [] }).some((target) => isServed(target, kind))
  } catch {
    return false
  }
}

function routesOf({ route, gatewayApiKey, providerKeys, ownProviders }: SharedGatewayConfig) {
  return { route, hasGatewayKey: gatewayApiKey !== undefined, providerKeys: new Set(Object.keys(providerKeys)), ownProviders }
}

function refuseUncoveredAudio(demand: CallDemand, model: Model): void {
  if (!demand.hasAudio || coversAudio(model)) return
  const message = `The registered price of "${model.gatewayIdentifier}" does not cover audio, so it cannot be called with it.`
  throw new InvalidRequestError('invalid_body', message, { details: { param: 'messages' } })
}

const noTokens = { fixed: 0n, perMillionOutput: 0n }

/** The ceiling over all targets: whichever of them answers, it cannot cost more. */
function boundsOf(demand: CallDemand, models: Model[], rate: ExchangeQuote | undefined): CallBounds {
  const choices = BigInt(demand.choices)
  const { kind } = demand
  let fixed = 0n
  let perMillion = 0n
  for (const model of models) {
    const bound = upperBound(model, {
      inputTokens: demand.inputTokensBound,
      writesOneHourCache: demand.writesOneHourCache ?? false,
      units: kind?.units ?? {},
    })
    if (bound.fixedNanoUsd > fixed) fixed = bound.fixedNanoUsd
    if (bound.nanoUsdPerMillionOutput > perMillion) perMillion = bound.nanoUsdPerMillionOutput
  }
  const usd = { fixed, perMillionOutput: perMillion * choices }
  const hasTokens = !kind || models.some((model) => !isBilledByUnits(model, kind.apiType))
  return {
    tokens: hasTokens ? { fixed: BigInt(demand.inputTokensBound), perMillionOutput: 1_000_000n * choices } : noTokens,
    usd,
    brl: rate && {
      fixed: usdToBrl(nanoUsd(usd.fixed), rate.rate, 'up'),
      perMillionOutput: usdToBrl(nanoUsd(usd.perMillionOutput), rate.rate, 'up'),
    },
  }
}

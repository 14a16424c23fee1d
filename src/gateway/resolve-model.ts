import type { BudgetShare } from '../ledger/index.ts'
import { type ApiType, boundTotal, type Model, type ModelRegistry, nameAtProvider, upperBound } from '../pricing/index.ts'
import type { Timeouts } from '../providers/index.ts'
import { type Choice, explainDowngrade, type ModelRoute } from '../routing/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import type { CallDemand } from './call.ts'
import { mayUse } from './may-use.ts'
import type { PlanContext, PlannedCall } from './plan-context.ts'

export interface NamedModel {
  /** Its creator's name and its own there, dated where a dated one was asked for. */
  identifier: string
  model: Model
}

/** What the name that a caller wrote stands for. */
export interface ResolvedModel {
  /** The models that will do; of one that was asked for by its own name, that one. */
  models: [NamedModel, ...NamedModel[]]
  /** Undefined where the model was asked for by its own name. */
  alias: { name: string; choice: Choice; fallbacks: readonly string[] | undefined } | undefined
  hedgeAfterMs: number | undefined
  timeouts: Partial<Timeouts>
  /** Why the alias means a cheaper model than usual. */
  downgraded: string | undefined
}

/** An alias of the client's, else a shared one, else a model of the registry. Throws InvalidRequestError `unknown_model`. */
export async function resolveModel(
  context: PlanContext,
  registry: ModelRegistry,
  call: PlannedCall,
  { random, hasRoute }: { random: () => number; hasRoute: (identifier: string) => boolean },
): Promise<ResolvedModel> {
  const name = call.demand.model ?? call.client.primaryModel
  const route = (await context.routes()).find(call.client.id, name)
  if (!route) {
    return {
      models: [identify(registry, name, call.demand)],
      alias: undefined,
      hedgeAfterMs: undefined,
      timeouts: {},
      downgraded: undefined,
    }
  }
  const budget = route.downgrade && (await context.budgetShares.find(call.client.id))
  const saving = cheaperModel(registry, call, route, budget)
  // One that cannot be called is none: a threshold that is passed must not end a client's calls.
  const cheaper = saving && hasRoute(saving.identifier) ? saving : undefined
  const targets = cheaper ? [{ model: cheaper.name, via: undefined, weight: undefined }] : route.targets
  // What the registry does not know has no price, so it cannot be called; the others stand in for it.
  const known = targets.flatMap(({ model, via, weight }) =>
    isCallable(registry.find(model), call.demand) ? [{ ...identify(registry, model, call.demand), via, weight: weight ?? 1 }] : [],
  )
  const [first, ...others] = known
  if (!first) throw nothingCallable(name, call.demand)
  const { targetHealth } = context
  const kind = call.demand.stream ? 'stream' : 'whole'
  const choice: Choice = {
    strategy: route.strategy,
    models: known,
    costOf: (identifier) => costOf(call, known.find((one) => one.identifier === identifier)?.model ?? first.model),
    speedOf: (target) => targetHealth.speeds.find(target, kind),
    random,
  }
  return {
    models: [first, ...others],
    alias: { name, choice, fallbacks: route.fallbacks },
    hedgeAfterMs: call.demand.stream ? route.hedgeAfterMs : undefined,
    timeouts: route.timeouts,
    downgraded: cheaper?.reason,
  }
}

/** By any name of the registry's. Throws InvalidRequestError `unknown_model`. */
export function identify(registry: ModelRegistry, name: string, demand: Pick<CallDemand, 'kind'>): NamedModel {
  const model = registry.get(name, apiTypeOf(demand))
  return { identifier: `${model.provider}/${nameAtProvider(model, name)}`, model }
}

export function apiTypeOf({ kind }: Pick<CallDemand, 'kind'>): ApiType {
  return kind?.apiType ?? 'chat'
}

/** Can it be called so at all? */
export function isCallable(model: Model | undefined, demand: Pick<CallDemand, 'hasAudio' | 'kind'>): boolean {
  if (demand.kind) return model?.apiType === demand.kind.apiType
  return model?.apiType === 'chat' && (!demand.hasAudio || coversAudio(model))
}

export function coversAudio(model: Model): boolean {
  return model.capabilities.input.includes('audio')
}

/** The output tokens to hold for each answer. */
export function wantedOutput({ demand, client }: PlannedCall, model: Model): number {
  const wanted = demand.maxOutputTokens ?? client.defaultMaxOutputTokens ?? model.defaultMaxOutputTokens
  return model.maxOutputTokens === undefined ? wanted : Math.min(wanted, model.maxOutputTokens)
}

/** The cheaper model of an alias, where a budget is used up that far. */
function cheaperModel(registry: ModelRegistry, call: PlannedCall, { downgrade }: ModelRoute, budget: BudgetShare | undefined) {
  if (!downgrade || !budget || budget.percent < downgrade.threshold) return undefined
  const model = registry.find(downgrade.model)
  if (!model || !isCallable(model, call.demand) || !mayUse(registry, call, model)) return undefined
  return { name: downgrade.model, identifier: model.gatewayIdentifier, reason: explainDowngrade(budget, model.gatewayIdentifier) }
}

function costOf(call: PlannedCall, model: Model): bigint {
  const { inputTokensBound: inputTokens, choices, writesOneHourCache = false } = call.demand
  return boundTotal(upperBound(model, { inputTokens, writesOneHourCache }), wantedOutput(call, model) * choices)
}

function nothingCallable(name: string, { hasAudio }: CallDemand): InvalidRequestError {
  const message = hasAudio
    ? `The registered price of no model that "${name}" stands for covers audio, so it cannot be called with it.`
    : `No model that "${name}" stands for can be called: see \`catraca route explain\`.`
  return new InvalidRequestError(hasAudio ? 'invalid_body' : 'unknown_model', message, {
    details: { param: hasAudio ? 'messages' : 'model' },
  })
}

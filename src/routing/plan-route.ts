import { creatorNames, isCreatorName, type ProviderDescription, providers, type Target, type Via } from '../providers/index.ts'
import { ConfigurationError, InvalidRequestError, PermissionError } from '../shared/errors.ts'
import { type Choice, orderTargets } from './order-targets.ts'
import { targetName } from './target-name.ts'

export interface RouteQuestion {
  /** The model that the caller asked for: `openai/gpt-4o-mini`; with a choice, the alias. */
  requested: string
  /** The models that the alias means; undefined where a model was asked for by its own name. */
  choice?: Choice | undefined
  /** The client's fallback chain, or the shared one. Entries that name no creator of ours are passed over. */
  chain: readonly string[]
  /** `auto`: by Vercel where there is a gateway key, then direct. */
  route: 'auto' | 'vercel' | 'direct'
  hasGatewayKey: boolean
  /** The creators whose own shared key there is. */
  providerKeys: ReadonlySet<string>
  /** The providers that the operator added, by name; undefined is one that cannot be called now. They are asked directly, by any `route`. */
  ownProviders?: ReadonlyMap<string, ProviderDescription | undefined>
  /** What the client key may use; undefined allows every model. */
  allowedModels?: readonly string[] | undefined
}

/**
 * The targets of a call in the order in which they are tried: the requested model, or those of the alias as its strategy has them, then the
 * chain, each on Vercel, then direct. Only the shared keys that exist make a target, and a model is only ever asked of its own creator or of Vercel by its creator's name.
 *
 * @throws InvalidRequestError `unknown_model` when the requested model names no creator of ours
 * @throws PermissionError `model_not_allowed` when the client key may not use it
 * @throws ConfigurationError `gateway_without_keys` when no target is left, naming what is missing
 */
export function planRoute(question: RouteQuestion): [Target, ...Target[]] {
  const asked = question.choice ? choose(question, question.choice) : askedFor(question)
  const targets = [...asked.targets]
  const seen = new Set(targets.map(targetName))
  for (const identifier of question.chain) {
    const model = parseIdentifier(question, identifier)
    if (model === undefined || !isAllowed(question, identifier)) continue
    for (const target of targetsOf(question, model)) {
      if (seen.has(targetName(target))) continue
      seen.add(targetName(target))
      targets.push(target)
    }
  }
  const [first, ...others] = targets
  if (!first) throw nothingLeft(question, asked.model)
  return [first, ...others]
}

interface Asked {
  targets: Target[]
  /** Whose missing key is to blame when there is no target. */
  model: Model
}

function askedFor(question: RouteQuestion): Asked {
  const model = parseIdentifier(question, question.requested)
  if (model === undefined) {
    throw new InvalidRequestError(
      'unknown_model',
      `Unknown model ${question.requested}: a model is named creator/model, of ${[...creatorNames, ...(question.ownProviders?.keys() ?? [])].join(', ')}`,
    )
  }
  if (!isAllowed(question, model.identifier)) {
    throw new PermissionError('model_not_allowed', `This key may not use the model ${model.identifier}`)
  }
  return { targets: targetsOf(question, model), model }
}

/** What the key may not use is left out of an alias; only where nothing is left is that a refusal. */
function choose(question: RouteQuestion, choice: Choice): Asked {
  const models = choice.models.flatMap(({ identifier, ...rest }) => {
    const model = parseIdentifier(question, identifier)
    return model ? [{ ...rest, identifier, model }] : []
  })
  const allowed = models.filter(({ identifier }) => isAllowed(question, identifier))
  const [first] = allowed
  if (!first) {
    if (models.length === 0) throw new InvalidRequestError('unknown_model', `No model that ${question.requested} stands for can be called`)
    throw new PermissionError('model_not_allowed', `This key may not use any model that ${question.requested} stands for`)
  }
  const open = allowed.map(({ model, via }) => targetsOf(question, model).filter((target) => via === undefined || target.via === via))
  const unique = new Map(orderTargets({ ...choice, models: allowed }, open).map((target) => [targetName(target), target]))
  return { targets: [...unique.values()], model: first.model }
}

type Model = Omit<Target, 'via'>

function parseIdentifier({ ownProviders }: RouteQuestion, identifier: string): Model | undefined {
  const slash = identifier.indexOf('/')
  const creator = identifier.slice(0, Math.max(slash, 0))
  const modelName = identifier.slice(slash + 1)
  if (!(isCreatorName(creator) || ownProviders?.has(creator)) || modelName === '') return undefined
  return { identifier, creator, modelName }
}

const waysOf: Readonly<Record<RouteQuestion['route'], readonly Via[]>> = {
  auto: ['vercel', 'direct'],
  vercel: ['vercel'],
  direct: ['direct'],
}

function targetsOf({ route, hasGatewayKey, providerKeys, ownProviders }: RouteQuestion, model: Model): Target[] {
  if (ownProviders?.has(model.creator)) {
    const provider = ownProviders.get(model.creator)
    return provider ? [{ ...model, via: 'direct', provider }] : []
  }
  const open: Record<Via, boolean> = {
    vercel: hasGatewayKey && providers.vercel.modelNameOf(model) !== undefined,
    direct: providerKeys.has(model.creator),
  }
  return waysOf[route].filter((via) => open[via]).map((via) => ({ ...model, via }))
}

function isAllowed({ allowedModels }: RouteQuestion, identifier: string): boolean {
  return allowedModels === undefined || allowedModels.includes(identifier)
}

function nothingLeft({ route, hasGatewayKey }: RouteQuestion, model: Model): ConfigurationError {
  const { identifier, creator } = model
  if (!isCreatorName(creator)) return without(identifier, `the provider ${creator}, which cannot be called now (npx catraca provider list)`)
  const gatewayKey = `a gateway key (${providers.vercel.keyPrefix}…, gateway_api_key_secret_id)`
  const missing: Record<Via, string> = {
    vercel: hasGatewayKey ? `a model that ${providers.vercel.displayName} serves` : gatewayKey,
    direct: `the shared ${providers[creator].displayName} key (${creator}_api_key_secret_id)`,
  }
  const needs = waysOf[route].map((via) => missing[via]).join(' or ')
  return without(identifier, needs)
}

function without(identifier: string, needs: string): ConfigurationError {
  return new ConfigurationError('gateway_without_keys', `Gateway enabled but no config found: ${identifier} needs ${needs}`, {
    details: { model: identifier },
  })
}

import { InvalidRequestError } from '../shared/errors.ts'
import type { ApiType, Model } from './model.ts'

/** The models that may be called, as they were when the registry was loaded. */
export interface ModelRegistry {
  /** All of them, by `gatewayIdentifier`. */
  readonly models: readonly Model[]
  /**
   * The model that a name means, if any: `openai/gpt-4o-mini`, `openai/gpt-4o-mini-2024-07-18`, or without a provider where it is clear
   * whose model is meant: there is one, or one of them is served by its creator.
   */
  find(name: string): Model | undefined
  /** Like `find`; throws InvalidRequestError `unknown_model`, which says how the model is added. `apiType` refuses models of other kinds. */
  get(name: string, apiType?: ApiType): Model
}

/** The end of a snapshot's name: a whole date, or `-latest`. */
const dateSuffix = /-(?:\d{4}-\d{2}-\d{2}|\d{8}|latest)$/
/** Older snapshots have only a part of their date: `-0613`, `-09-2025`. */
const snapshotSuffix = /-(?:\d{4}-\d{2}-\d{2}|\d{8}|\d{2}-\d{4}|\d{4}|latest)$/

/**
 * What to call a model at its provider when the caller asked for `requested`: the snapshot that was asked for, so that a pinned
 * `openai/gpt-4o-2024-08-06` stays pinned, else the model's own name.
 */
export function nameAtProvider(model: Model, requested: string): string {
  const prefix = `${model.provider}/`
  const bare = requested.startsWith(prefix) && requested !== model.modelName ? requested.slice(prefix.length) : requested
  return snapshotSuffix.test(bare) ? bare : model.modelName
}

export function createModelRegistry(models: Iterable<Model>): ModelRegistry {
  const sorted = [...models].sort((a, b) => (a.gatewayIdentifier < b.gatewayIdentifier ? -1 : 1))
  const byIdentifier = new Map(sorted.map((model) => [model.gatewayIdentifier, model]))
  const byName = indexNames(sorted)

  const lookUp = (name: string): Model[] => {
    const exact = byIdentifier.get(name)
    return exact ? [exact] : (byName.get(name) ?? [])
  }
  const candidates = (name: string): Model[] => {
    const found = lookUp(name)
    // An unlisted snapshot of a listed model costs what the model costs: snapshots that do not are listed.
    return found.length > 0 || !dateSuffix.test(name) ? found : lookUp(name.replace(dateSuffix, ''))
  }
  const find = (name: string): Model | undefined => choose(candidates(name))

  return {
    models: sorted,
    find,
    get(name, apiType) {
      const model = find(name)
      if (!model) throw unknownModel(name, candidates(name))
      if (apiType !== undefined && model.apiType !== apiType) throw otherKind(name, model, apiType)
      return model
    },
  }
}

function indexNames(models: readonly Model[]): Map<string, Model[]> {
  const byName = new Map<string, Model[]>()
  const add = (name: string, model: Model) => {
    const known = byName.get(name)
    if (!known) byName.set(name, [model])
    else if (!known.includes(model)) known.push(model)
  }
  for (const model of models) {
    if (model.vercelIdentifier !== undefined) add(model.vercelIdentifier, model)
    for (const name of [model.modelName, ...model.aliases]) {
      add(name, model)
      add(`${model.provider}/${name}`, model)
    }
  }
  return byName
}

function choose(candidates: readonly Model[]): Model | undefined {
  if (candidates.length === 1) return candidates[0]
  const native = candidates.filter((model) => model.creator === model.provider)
  return native.length === 1 ? native[0] : undefined
}

function unknownModel(name: string, candidates: readonly Model[]): InvalidRequestError {
  if (candidates.length > 0) {
    const known = candidates.map((model) => model.gatewayIdentifier)
    const message = `The model "${shorten(name)}" is offered by several providers: name one of ${known.join(', ')}.`
    return new InvalidRequestError('unknown_model', message, { details: { param: 'model', model: shorten(name), candidates: known } })
  }
  const message =
    `The model "${shorten(name)}" is not in the registry, so it has no price and cannot be called. The operator adds it as a row of ` +
    'ai_models_registry (provider, model_name, api_type and its prices) or with `catraca models sync`; `catraca models list` shows what there is.'
  return new InvalidRequestError('unknown_model', message, { details: { param: 'model', model: shorten(name) } })
}

function otherKind(name: string, model: Model, apiType: ApiType): InvalidRequestError {
  const message = `The model "${shorten(name)}" is a model for ${model.apiType} and cannot be called for ${apiType}.`
  return new InvalidRequestError('unknown_model', message, { details: { param: 'model', model: shorten(name), apiType: model.apiType } })
}

/** The name is the caller's text, of any length. */
function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name
}

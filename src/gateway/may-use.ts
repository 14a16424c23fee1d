import type { ClientKey } from '../clients/index.ts'
import type { Model, ModelRegistry } from '../pricing/index.ts'

/** May this key call the model? A model is meant by any of its names: who may use it may use its dated snapshots. */
export function mayUse(registry: ModelRegistry, key: ClientKey | undefined, model: Model): boolean {
  if (key?.allowedModels === undefined) return true
  return key.allowedModels.some((name) => registry.find(name)?.gatewayIdentifier === model.gatewayIdentifier)
}

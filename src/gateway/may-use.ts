import type { Client, ClientKey } from '../clients/index.ts'
import type { Model, ModelRegistry } from '../pricing/index.ts'

/** May they call the model? A model is meant by any of its names: who may use it may use its dated snapshots. */
export function mayUse(registry: ModelRegistry, { client, key }: Caller, model: Model): boolean {
  return [key?.allowedModels, client.guardrails?.allowedModels].every(
    (allowed) => allowed === undefined || allowed.some((name) => registry.find(name)?.gatewayIdentifier === model.gatewayIdentifier),
  )
}

/** Who calls: the library has no key. */
export interface Caller {
  client: Client
  key: ClientKey | undefined
}

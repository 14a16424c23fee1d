import type { ClientKey } from '../clients/index.ts'
import type { Model } from '../pricing/index.ts'
import type { GatewayContext } from './gateway-context.ts'
import { mayUse } from './may-use.ts'
import { hasRoute, isCallable } from './plan-call.ts'

/** The models that this key may call now, by whatever route there is. */
export async function listModels(context: GatewayContext, key: ClientKey | undefined): Promise<Model[]> {
  const shared = await context.sharedConfig.get()
  const registry = await context.models()
  return registry.models.filter(
    (model) => isCallable(model, { hasAudio: false }) && mayUse(registry, key, model) && hasRoute(shared, model.gatewayIdentifier),
  )
}

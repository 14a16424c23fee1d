import type { Model } from '../pricing/index.ts'
import type { GatewayContext } from './gateway-context.ts'
import { kindOfType } from './kind-of-call.ts'
import { type Caller, mayUse } from './may-use.ts'
import { hasRoute } from './plan-call.ts'
import { isCallable } from './resolve-model.ts'

/** The models that this caller may call now, by whatever route there is. */
export async function listModels(context: GatewayContext, caller: Caller): Promise<Model[]> {
  const shared = await context.sharedConfig.get()
  const registry = await context.models()
  return registry.models.filter(
    (model) =>
      (model.apiType !== 'chat' || isCallable(model, { hasAudio: false })) &&
      mayUse(registry, caller, model) &&
      hasRoute(shared, model.gatewayIdentifier, kindOfType[model.apiType]),
  )
}

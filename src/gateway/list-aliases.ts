import type { GatewayContext } from './gateway-context.ts'
import { type Caller, mayUse } from './may-use.ts'
import { hasRoute } from './plan-call.ts'
import { isCallable } from './resolve-model.ts'

/** The operator's own names for models by which this caller can reach one of them now. */
export async function listAliases(context: GatewayContext, caller: Caller): Promise<string[]> {
  const shared = await context.sharedConfig.get()
  const registry = await context.models()
  const isOpen = (name: string) => {
    const model = registry.find(name)
    return model && isCallable(model, { hasAudio: false }) && mayUse(registry, caller, model) && hasRoute(shared, model.gatewayIdentifier)
  }
  const routes = (await context.routes()).listFor(caller.client.id)
  return routes.filter(({ targets }) => targets.some(({ model }) => isOpen(model))).map(({ alias }) => alias)
}

import type { Call } from './call.ts'
import type { GatewayContext } from './gateway-context.ts'

/** What a plan is made from. */
export type PlanContext = Pick<GatewayContext, 'sharedConfig' | 'models' | 'routes' | 'budgetShares' | 'targetHealth' | 'log'> & {
  rates: Pick<GatewayContext['rates'], 'find'>
  settings: Pick<GatewayContext['settings'], 'timeouts'>
}
export type PlannedCall = Pick<Call<unknown>, 'client' | 'key' | 'demand'>

import type { Budget, Client } from './client.ts'

export type Refusal = { reason: 'suspended' | 'off' } | { reason: 'paused' | 'exceeded' | 'over' | 'held'; budget: Budget }

/**
 * Why calls of this client are refused now, or soon will be: in the order in which the gateway asks. `over`: a soft budget is passed, which
 * refuses nothing. `held`: calls under way have reserved what is left.
 */
export function findRefusals(client: Client, budgets: readonly Budget[]): Refusal[] {
  const found: Refusal[] = []
  if (client.status === 'suspended') found.push({ reason: 'suspended' })
  else if (!client.use_ai_gateway) found.push({ reason: 'off' })
  for (const budget of budgets) {
    const [used, reserved, limit] = [Number(budget.used), Number(budget.reserved), Number(budget.limit)]
    if (budget.paused) found.push({ reason: 'paused', budget })
    else if (used >= limit) found.push({ reason: budget.hard ? 'exceeded' : 'over', budget })
    else if (budget.hard && used + reserved >= limit) found.push({ reason: 'held', budget })
  }
  return found
}

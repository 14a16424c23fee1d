import type { Budget, Client } from './client.ts'

/** What an alert says of a budget that refused a call. */
export interface RefusalAlert {
  budget_id: string
  limit: string | number
  created_at: string
  details: { reason?: 'used' | 'refused'; period_end: string }
}

export type Refusal =
  | { reason: 'suspended' | 'off' }
  | { reason: 'paused' | 'exceeded' | 'refused' | 'over' | 'held'; budget: Budget; at?: string }

/**
 * Why calls of this client are refused now, or soon will be: in the order in which the gateway asks. `over`: a soft budget is passed, which
 * refuses nothing. `held`: calls under way have reserved what is left. `refused`: in this period a call was larger than what is left, which
 * is how a hard budget ends: it is never passed.
 */
export function findRefusals(client: Client, budgets: readonly Budget[], alerts: readonly RefusalAlert[]): Refusal[] {
  const found: Refusal[] = []
  if (client.status === 'suspended') found.push({ reason: 'suspended' })
  else if (!client.use_ai_gateway) found.push({ reason: 'off' })
  for (const budget of budgets) {
    const [used, reserved, limit] = [Number(budget.used), Number(budget.reserved), Number(budget.limit)]
    const alert = alerts.find((each) => isOf(each, budget))
    if (budget.paused) found.push({ reason: 'paused', budget })
    else if (used >= limit) found.push({ reason: budget.hard ? 'exceeded' : 'over', budget })
    else if (budget.hard && alert) found.push({ reason: 'refused', budget, at: alert.created_at })
    else if (budget.hard && used + reserved >= limit) found.push({ reason: 'held', budget })
  }
  return found
}

/** Of this period, and of no lower limit than the one in force: after a raise the refusal says nothing any more. */
function isOf({ budget_id, limit, details }: RefusalAlert, budget: Budget): boolean {
  const isThisPeriod = new Date(details.period_end).getTime() === new Date(budget.resets_at).getTime()
  return budget_id === budget.id && details.reason === 'refused' && isThisPeriod && Number(budget.limit) <= Number(limit)
}

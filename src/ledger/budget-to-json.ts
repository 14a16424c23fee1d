import type { Budget } from './budget-admin.ts'
import { plainAmount } from './plain-amount.ts'
import type { PlanBudget } from './plan-budget-admin.ts'

/** A budget for machines, the same by command line and HTTP. Amounts are in its own unit. */
export function budgetToJson(budget: Budget) {
  return {
    id: budget.id,
    client: budget.clientSlug,
    type: budget.type,
    period: budget.period,
    limit: plainAmount(budget.limit, budget.type),
    usual_limit: plainAmount(budget.usualLimit, budget.type),
    raised_until: budget.raisedUntil ?? null,
    used: plainAmount(budget.used, budget.type),
    reserved: plainAmount(budget.reserved, budget.type),
    usage_percentage: Number(budget.percentage),
    hard: budget.isHard,
    alerts: budget.alerts,
    paused: budget.isPaused,
    from_plan: budget.isFromPlan,
    resets_at: budget.resetsAt,
    time_zone: budget.timeZone,
  }
}

/** A plan's default for machines. */
export function planBudgetToJson({ id, plan, type, period, limit, isHard, alerts, clients }: PlanBudget) {
  return { id, plan, type, period, limit: plainAmount(limit, type), hard: isHard, alerts, clients }
}

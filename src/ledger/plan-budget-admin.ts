import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import {
  type AlertThreshold,
  alertsOf,
  type BudgetChange,
  type BudgetKind,
  type BudgetPeriod,
  type BudgetSettings,
  type BudgetType,
  checkChange,
  checkLimit,
  nameKind,
  toSettingsRow,
} from './budget-wish.ts'
import { deletePlanBudget } from './sql/delete-plan-budget.ts'
import { listPlanBudgetRows } from './sql/list-plan-budgets.ts'
import { updatePlanBudget } from './sql/update-plan-budget.ts'
import { upsertPlanBudget } from './sql/upsert-plan-budget.ts'

/** One default of a plan: there is at most one of each kind. */
export interface PlanBudgetPlace extends BudgetKind {
  plan: string
}

export interface PlanBudgetWish extends PlanBudgetPlace, BudgetSettings {}

/** What a client of the plan is held to while it has no budget of its own. Each has counters of its own. */
export interface PlanBudget {
  id: string
  plan: string
  type: BudgetType
  period: BudgetPeriod
  /** Tokens, nano-reais or nano-dollars. */
  limit: bigint
  alerts: AlertThreshold[]
  isHard: boolean
  /** For how many clients it counts now. */
  clients: number
}

/** As `setBudget`, for all clients of the plan. Throws as that does, and `invalid_body` for a plan without a name. */
export async function setPlanBudget(db: Queryable, wish: PlanBudgetWish): Promise<{ isNew: boolean }> {
  if (wish.plan.trim() === '') throw new InvalidRequestError('invalid_body', 'A plan needs a name')
  if (wish.limit === undefined) {
    await changePlanBudget(db, wish, { isHard: wish.isHard, alerts: wish.alerts })
    return { isNew: false }
  }
  checkLimit(wish.type, wish.limit)
  const row = await upsertPlanBudget(db, wish, toSettingsRow(wish))
  return { isNew: row?.is_new === true }
}

/** As `changeBudget`, for all clients of the plan at once. */
export async function changePlanBudget(db: Queryable, which: PlanBudgetPlace, to: BudgetChange): Promise<void> {
  checkChange(which, to)
  const kind = { plan: which.plan, type: to.type ?? which.type, period: to.period ?? which.period }
  if (nameKind(kind) !== nameKind(which) && (await findPlanBudget(db, kind))) {
    throw new InvalidRequestError(
      'invalid_body',
      `The plan already has a ${nameKind(kind)} budget: change that one, or remove one of the two`,
    )
  }
  if (!(await updatePlanBudget(db, which, { ...toSettingsRow(to), type: to.type ?? null, period: to.period ?? null }))) throw missing(which)
}

/** Its clients are held to it no longer; the counters of their copies go with it. Throws InvalidRequestError `not_found`. */
export async function removePlanBudget(db: Queryable, which: PlanBudgetPlace): Promise<void> {
  if (!(await deletePlanBudget(db, which))) throw missing(which)
}

/** Of one plan, or of all: by plan. */
export async function listPlanBudgets(db: Queryable, plan?: string): Promise<PlanBudget[]> {
  return (await listPlanBudgetRows(db, plan)).map((row) => ({
    id: row.id,
    plan: row.plan,
    type: row.budget_type,
    period: row.budget_period,
    limit: row.limit_amount,
    alerts: alertsOf(row),
    isHard: row.pause_at_limit,
    clients: row.clients,
  }))
}

async function findPlanBudget(db: Queryable, { plan, type, period }: PlanBudgetPlace): Promise<PlanBudget | undefined> {
  return (await listPlanBudgets(db, plan)).find((one) => one.type === type && one.period === period)
}

function missing(which: PlanBudgetPlace): InvalidRequestError {
  return new InvalidRequestError('not_found', `The plan "${which.plan}" has no ${nameKind(which)} budget: see catraca budget plan list`)
}

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
  refuseTakenKind,
  toSettingsRow,
} from './budget-wish.ts'
import { deleteBudget } from './sql/delete-budget.ts'
import { endBudgetRaise } from './sql/end-raise.ts'
import { type ListedBudgetRow, listBudgetRows } from './sql/list-budgets.ts'
import { raiseBudgetLimit } from './sql/raise-budget.ts'
import { setBudgetsPaused } from './sql/set-budgets-paused.ts'
import { updateBudget } from './sql/update-budget.ts'
import { upsertBudget } from './sql/upsert-budget.ts'

/** One budget of a client: there is at most one of each kind. */
export interface BudgetPlace extends BudgetKind {
  clientId: string
}

export interface BudgetWish extends BudgetPlace, BudgetSettings {}

/** A budget that counts for its client now, as it stands in its current period. */
export interface Budget {
  id: string
  clientId: string
  clientSlug: string
  timeZone: string
  type: BudgetType
  period: BudgetPeriod
  /** In force now: a raise that is on is in it. Tokens, nano-reais or nano-dollars, as the other three. */
  limit: bigint
  /** Without the raise. */
  usualLimit: bigint
  used: bigint
  /** Held by calls in flight. */
  reserved: bigint
  /** Of the limit in force: `12.34`, with two decimals; may pass 100. */
  percentage: string
  /** Set while a raise is on. */
  raisedUntil: Date | undefined
  alerts: AlertThreshold[]
  isHard: boolean
  isPaused: boolean
  /** The plan's default, because the client has no budget of its own. */
  isFromPlan: boolean
  resetsAt: Date
}

/** When a raise ends: after so long, at a day or a time (without a zone: the client's own), or with the current period. */
export type RaiseEnd = { seconds: number } | { at: string } | 'end_of_period'

/**
 * Creates the client's budget of this kind, or changes it; without a limit it only changes. Every replica has it for its next call.
 * Throws InvalidRequestError: `invalid_body` for a limit that is not above 0, not below 9 thousand million, or finer than its unit,
 * `not_found` where there is nothing to change.
 */
export async function setBudget(db: Queryable, wish: BudgetWish): Promise<{ isNew: boolean }> {
  if (wish.limit === undefined) {
    await changeBudget(db, wish, { isHard: wish.isHard, alerts: wish.alerts })
    return { isNew: false }
  }
  checkLimit(wish.type, wish.limit)
  const row = await upsertBudget(db, wish, toSettingsRow(wish))
  return { isNew: row?.is_new === true }
}

/**
 * Changes the client's own budget, also its type and period, with calls in flight. Of another kind, it begins with what the client has
 * used since it was made, in the new unit, and with what calls in flight may come to. A raise does not outlive a change of kind.
 * Throws InvalidRequestError: `invalid_body` for a limit as in `setBudget`, a new type without a limit, a kind that the client has
 * already; `not_found` where the client has no such budget of its own.
 */
export async function changeBudget(db: Queryable, which: BudgetPlace, to: BudgetChange): Promise<void> {
  checkChange(which, to)
  const row = { ...toSettingsRow(to), type: to.type ?? null, period: to.period ?? null }
  if (!(await refuseTakenKind(() => updateBudget(db, which, row)))) throw await missing(db, which)
}

/**
 * Raises the limit of what counts for the client now, also a plan's default, until an end. Another raise replaces it. Answers the end.
 * Throws InvalidRequestError: `not_found`, or `invalid_body` for a limit that is no raise and an end that is not in the future.
 */
export async function raiseBudget(db: Queryable, which: BudgetPlace, raise: { limit: string; until: RaiseEnd }): Promise<Date> {
  const value = checkLimit(which.type, raise.limit)
  const budget = await getBudget(db, which)
  if (value <= budget.usualLimit)
    throw new InvalidRequestError('invalid_body', 'A raise must be above the usual limit: to lower it, set the limit')
  const { until } = raise
  const end = await raiseBudgetLimit(db, budget.id, {
    limit: raise.limit,
    lastsSeconds: until !== 'end_of_period' && 'seconds' in until ? until.seconds : undefined,
    until: until !== 'end_of_period' && 'at' in until ? until.at : undefined,
  })
  if (!end) throw new InvalidRequestError('invalid_body', 'A raise must end in the future')
  return end
}

/** The usual limit is in force again at once; what was admitted stays. Throws InvalidRequestError `not_found` where no raise is on. */
export async function endRaise(db: Queryable, which: BudgetPlace): Promise<void> {
  const budget = await getBudget(db, which)
  if (!(await endBudgetRaise(db, budget.id))) throw new InvalidRequestError('not_found', `The ${nameKind(which)} budget is not raised`)
}

/**
 * Deletes the client's own budget with its counters; calls in flight are booked without it. After its last one the client has its plan's
 * defaults. Throws InvalidRequestError `not_found`.
 */
export async function removeBudget(db: Queryable, which: BudgetPlace): Promise<void> {
  if (!(await deleteBudget(db, which))) throw await missing(db, which)
}

/** Of these clients, or of all: by slug. */
export async function listBudgets(db: Queryable, clientIds?: readonly string[]): Promise<Budget[]> {
  return (await listBudgetRows(db, clientIds)).map(fromRow)
}

/** Pauses or resumes the client's budgets of this type and period (of all, where left out). Throws `not_found` where there is none. */
export async function pauseBudgets(
  db: Queryable,
  which: { clientId: string; type: BudgetType | undefined; period: BudgetPeriod | undefined },
  isPaused: boolean,
): Promise<number> {
  const count = await setBudgetsPaused(db, which, isPaused)
  if (count === 0) throw new InvalidRequestError('not_found', 'The client has no such budget: see catraca budget list')
  return count
}

/** What counts for the client now of this kind; throws InvalidRequestError `not_found`. */
export async function getBudget(db: Queryable, { clientId, type, period }: BudgetPlace): Promise<Budget> {
  const budget = (await listBudgets(db, [clientId])).find((one) => one.type === type && one.period === period)
  if (!budget) throw new InvalidRequestError('not_found', `The client has no ${period} ${type} budget: see catraca budget list`)
  return budget
}

/** Why a budget of the client's own is not there. */
async function missing(db: Queryable, which: BudgetPlace): Promise<InvalidRequestError> {
  // Throws where there is none at all.
  await getBudget(db, which)
  return new InvalidRequestError(
    'not_found',
    `The ${nameKind(which)} budget is the default of the client's plan: change the plan's, or set one of the client's own`,
  )
}

function fromRow(row: ListedBudgetRow): Budget {
  return {
    id: row.id,
    clientId: row.client_id,
    clientSlug: row.slug,
    timeZone: row.time_zone,
    type: row.budget_type,
    period: row.budget_period,
    limit: row.limit_now,
    usualLimit: row.limit_amount,
    used: row.used,
    reserved: row.reserved,
    percentage: row.usage_percentage,
    raisedUntil: row.raised_until ?? undefined,
    alerts: alertsOf(row),
    isHard: row.pause_at_limit,
    isPaused: row.is_paused,
    isFromPlan: row.from_plan,
    resetsAt: row.resets_at,
  }
}

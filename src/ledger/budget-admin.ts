import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { type ListedBudgetRow, listBudgetRows } from './sql/list-budgets.ts'
import { setBudgetsPaused } from './sql/set-budgets-paused.ts'
import { upsertBudget } from './sql/upsert-budget.ts'

export type BudgetType = 'tokens' | 'brl' | 'usd'
export type BudgetPeriod = 'daily' | 'weekly' | 'monthly'

export interface BudgetWish {
  clientId: string
  type: BudgetType
  period: BudgetPeriod
  /** A decimal number in the budget's own unit: tokens, reais or dollars. */
  limit: string
  /** Undefined leaves a budget that exists as it is, and makes a new one soft. */
  isHard: boolean | undefined
}

/** A budget that counts for its client now, as it stands in its current period. */
export interface Budget {
  id: string
  clientId: string
  clientSlug: string
  timeZone: string
  type: BudgetType
  period: BudgetPeriod
  /** Tokens, nano-reais or nano-dollars, as the other two. */
  limit: bigint
  used: bigint
  /** Held by calls in flight. */
  reserved: bigint
  /** `12.34`, with two decimals; may pass 100. */
  percentage: string
  isHard: boolean
  isPaused: boolean
  /** The plan's default, because the client has no budget of its own. */
  isFromPlan: boolean
  resetsAt: Date
}

/**
 * Creates the client's budget of this type and period, or changes it. Throws InvalidRequestError `invalid_body` for a limit that is not
 * above 0, not below 9 thousand million, or finer than its unit.
 */
export async function setBudget(db: Queryable, wish: BudgetWish): Promise<{ isNew: boolean }> {
  checkLimit(wish)
  const row = await upsertBudget(db, wish)
  return { isNew: row?.is_new === true }
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

function checkLimit({ type, limit }: BudgetWish): void {
  const refuse = (why: string) => {
    throw new InvalidRequestError('invalid_body', `"${limit}" is no limit: ${why}`)
  }
  if (!/^[+-]?\d+(\.\d+)?$/.test(limit)) refuse('write a number such as 100000 or 49.90, with a point and without separators')
  const value = Number(limit)
  if (value <= 0) refuse('it must be above 0. To stop a client, pause the budget (catraca budget pause)')
  if (value >= 9_000_000_000) refuse('it must be below 9,000,000,000')
  const decimals = limit.split('.')[1]?.replace(/0+$/, '').length ?? 0
  if (type === 'tokens' && decimals > 0) refuse('tokens are whole numbers')
  if (decimals > 9) refuse('it may have at most 9 decimals')
}

function fromRow(row: ListedBudgetRow): Budget {
  return {
    id: row.id,
    clientId: row.client_id,
    clientSlug: row.slug,
    timeZone: row.time_zone,
    type: row.budget_type,
    period: row.budget_period,
    limit: row.limit_amount,
    used: row.used,
    reserved: row.reserved,
    percentage: row.usage_percentage,
    isHard: row.pause_at_limit,
    isPaused: row.is_paused,
    isFromPlan: row.from_plan,
    resetsAt: row.resets_at,
  }
}

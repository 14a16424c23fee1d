import type { Queryable } from '../database/index.ts'
import { nanoDigits, parseDecimal } from '../shared/money.ts'
import type { BudgetType } from './budget-wish.ts'
import { findChargedPeriods } from './sql/find-charged-periods.ts'
import type { AdjustmentRow } from './sql/read-adjustments.ts'
import type { BookedRow } from './sql/read-booked-rows.ts'
import type { RecountedPeriodRow } from './sql/recount-periods.ts'

/** Something that is not as it must be; what is known of the place is filled in. Amounts are in the budget's integer unit, as text. */
export interface LedgerDifference {
  what: 'used' | 'reserved' | 'opening' | 'charge' | 'charges' | 'charged_period' | 'adjustment' | 'adjusted_period'
  client: string | null
  callId: string | undefined
  budgetId: string | undefined
  periodStart: string | undefined
  type: BudgetType | undefined
  booked: string | null
  expected: string | null
}

export interface ChargeCheck {
  differences: LedgerDifference[]
  /** Charges that a budget no longer there has taken: of what type it was, nobody knows. */
  ofDeletedBudgets: number
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Looks whether the charges of these rows are what the rows come to, by the type of each budget, in the period of their admission. */
export async function checkCharges(db: Queryable, rows: readonly BookedRow[]): Promise<ChargeCheck> {
  const periods = await loadPeriods(db, rows)
  const check: ChargeCheck = { differences: [], ofDeletedBudgets: 0 }
  for (const row of rows) {
    if (!row.charges) check.differences.push(ofRow(row, { what: 'charges' }))
    for (const [budgetId, start, amount] of row.charges ?? []) {
      const place = { budgetId: budgetId ?? undefined, periodStart: start ?? undefined }
      const period = periods.get(keyOf(budgetId, start))
      if (period === undefined && isPlace(budgetId, start)) check.ofDeletedBudgets += 1
      else if (period === undefined) check.differences.push(ofRow(row, { what: 'charges', ...place }))
      else {
        const { type, end } = period
        const expected = rowAmount(type, row)
        if (amount !== expected) check.differences.push(ofRow(row, { what: 'charge', ...place, type, booked: amount, expected }))
        // Only what was charged within a period is in its counter.
        if (!isWithin(row.created_at, start, end)) check.differences.push(ofRow(row, { what: 'charged_period', ...place, type }))
      }
    }
  }
  return check
}

/** An adjustment must be the difference between the truth it was made for and what the estimate had charged. */
export function checkAdjustment(row: AdjustmentRow): LedgerDifference[] {
  const type = row.budget_type ?? undefined
  const place = { budgetId: row.budget_id ?? undefined, periodStart: row.period_start?.toISOString(), type }
  const booked = String(row.amount)
  // What a budget took that was deleted since, nobody can say in its unit; nor what was charged by a row that was put away.
  if ((type === undefined && row.budget_id !== null) || row.is_archived) return []
  if (type === undefined) return row.amount === 0n ? [] : [ofRow(row, { what: 'adjustment', ...place, booked, expected: '0' })]
  if (!row.has_period || row.charged === null) return [ofRow(row, { what: 'adjusted_period', ...place, booked })]
  const expected = difference(rowAmount(type, row), row.charged)
  return expected === booked ? [] : [ofRow(row, { what: 'adjustment', ...place, booked, expected })]
}

/** Counters must be the sums that they stand for. Of a period whose rows were put away only what is held can be told. */
export function checkPeriod(row: RecountedPeriodRow): LedgerDifference[] {
  const at = {
    client: row.client,
    callId: undefined,
    budgetId: row.budget_id,
    periodStart: row.period_start.toISOString(),
    type: row.budget_type,
  }
  const used: LedgerDifference = { ...at, what: 'used', booked: String(row.used), expected: row.booked }
  const reserved: LedgerDifference = { ...at, what: 'reserved', booked: String(row.reserved), expected: row.held }
  const opening: LedgerDifference = { ...at, what: 'opening', booked: String(row.opening), expected: row.opened }
  const told = row.is_archived ? [reserved] : [used, reserved, opening]
  return told.filter(({ booked, expected }) => booked !== expected)
}

/** What a row takes from a budget of the type, as text; null where its figure is no whole amount. */
function rowAmount(type: BudgetType, row: Pick<BookedRow, 'total_tokens' | 'cost_usd' | 'cost_brl'>): string | null {
  if (type === 'tokens') return String(row.total_tokens ?? 0n)
  try {
    return String(parseDecimal((type === 'usd' ? row.cost_usd : row.cost_brl) ?? '0', nanoDigits))
  } catch {
    return null
  }
}

async function loadPeriods(db: Queryable, rows: readonly BookedRow[]): Promise<Map<string, { type: BudgetType; end: Date | undefined }>> {
  const wanted = new Map<string, [budgetId: string, start: Date]>()
  for (const [budgetId, start] of rows.flatMap((row) => row.charges ?? [])) {
    if (isPlace(budgetId, start)) wanted.set(keyOf(budgetId, start), [budgetId as string, new Date(start as string)])
  }
  if (wanted.size === 0) return new Map()
  const places = [...wanted.values()]
  const found = await findChargedPeriods(
    db,
    places.map(([budgetId]) => budgetId),
    places.map(([, start]) => start),
  )
  return new Map(
    found.map((row) => [keyOf(row.budget_id, row.period_start.toISOString()), { type: row.budget_type, end: row.period_end ?? undefined }]),
  )
}

function isPlace(budgetId: string | null, start: string | null): boolean {
  return uuid.test(budgetId ?? '') && !Number.isNaN(Date.parse(start ?? ''))
}

function keyOf(budgetId: string | null, start: string | null): string {
  return `${budgetId} ${Date.parse(start ?? '')}`
}

function isWithin(at: Date, start: string | null, end: Date | undefined): boolean {
  return end !== undefined && at.getTime() >= Date.parse(start ?? '') && at < end
}

function difference(amount: string | null, charged: string): string | null {
  return amount === null || !/^-?\d+$/.test(charged) ? null : String(BigInt(amount) - BigInt(charged))
}

function ofRow(
  { call_id, client }: { call_id: string; client: string | null },
  { what, ...rest }: Pick<LedgerDifference, 'what'> & Partial<LedgerDifference>,
): LedgerDifference {
  return {
    what,
    client,
    callId: call_id,
    budgetId: undefined,
    periodStart: undefined,
    type: undefined,
    booked: null,
    expected: null,
    ...rest,
  }
}

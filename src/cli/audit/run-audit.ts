import type { Queryable } from '../../database/index.ts'
import { toBookedCost } from '../../gateway/index.ts'
import {
  type AuditScope,
  checkAdjustment,
  checkCharges,
  checkPeriod,
  countDeadLetters,
  type DoubledCallRow,
  findDoubledCalls,
  findStrayHolds,
  type LedgerDifference,
  readAdjustmentPages,
  readPeriodPages,
  readRowPages,
  type StrayHoldRow,
} from '../../ledger/index.ts'
import {
  type BookedCost,
  type CostProblem,
  judgeCost,
  loadPriceVersions,
  type PriceVersion,
  priceIdsOf,
  type Undecidable,
} from '../../pricing/index.ts'
import { formatDecimal } from '../../shared/money.ts'
import { checkRollups, type RollupDifference } from '../../usage/index.ts'

/** One thing that is not as it must be. Amounts are decimals in `unit`. */
export interface Difference {
  what:
    | LedgerDifference['what']
    | CostProblem['what']
    | 'truth'
    | 'hold_without_admission'
    | 'hold_without_period'
    | 'call_rows'
    | 'hour_rollup'
    | 'day_rollup'
  client: string | null
  call_id: string | null
  budget_id: string | null
  period_start: string | null
  unit: 'tokens' | 'brl' | 'usd' | null
  booked: string | null
  expected: string | null
}

export interface AuditReport {
  ok: boolean
  periods: number
  /** Of `periods`, those whose rows were put away with their month: what they used is not counted again. */
  archived_periods: number
  rows: number
  /** Rows whose cost was computed again from their price version. */
  recomputed: number
  undecidable: Partial<Record<Undecidable, number>>
  /** Charges of budgets that were deleted since: they are in no counter. */
  charges_of_deleted_budgets: number
  adjustments: number
  dead_letters: number
  /** UTC days whose rollups were compared with their rows, and of them those that were made anew. */
  rollup_days: number
  rebuilt_rollup_days: number
  /** At most `mostListed`; `differences_found` is all of them. */
  differences: Difference[]
  differences_found: number
}

/** Books that are wrong throughout are not all told. */
const mostListed = 1_000

/**
 * Counts everything again: counters from rows, adjustments and holds; costs from prices and rates; charges from costs. Reads only, in
 * pages, so that the books may be of any size and calls may go on. `onPage` is told after each page what is being read and how much was.
 */
export async function runAudit(
  db: Queryable,
  scope: AuditScope & { rebuildRollups?: boolean },
  onPage: (what: 'periods' | 'rows' | 'adjustments' | 'days', count: number) => void = () => {},
): Promise<AuditReport> {
  const report = emptyReport()
  const versions = new Map<string, PriceVersion>()
  for await (const page of readPeriodPages(db, scope)) {
    report.periods += page.length
    report.archived_periods += page.filter((period) => period.is_archived).length
    for (const period of page) note(report, checkPeriod(period).map(fromLedger))
    onPage('periods', report.periods)
  }
  note(report, (await findStrayHolds(db, scope.clientId, mostListed)).map(fromStray))
  note(report, (await findDoubledCalls(db, scope.since, scope.clientId, mostListed)).map(fromDoubled))
  for await (const page of readRowPages(db, scope)) {
    const booked = page.map(toBookedCost)
    await learnPrices(db, versions, booked)
    for (const [index, one] of booked.entries()) judgeRow(report, page[index], one, versions)
    const charges = await checkCharges(db, page)
    note(report, charges.differences.map(fromLedger))
    report.charges_of_deleted_budgets += charges.ofDeletedBudgets
    report.rows += page.length
    onPage('rows', report.rows)
  }
  for await (const page of readAdjustmentPages(db, scope)) {
    const truths = page.map(toBookedCost)
    await learnPrices(db, versions, truths)
    for (const [index, row] of page.entries()) {
      note(report, checkAdjustment(row).map(fromLedger))
      const truth = truths[index]
      // Without a status the call never came to pass, and there is nothing to price.
      if (truth && row.status !== null)
        note(
          report,
          judgeCost(truth, versions).problems.map((problem) => fromCost(row, problem, 'truth')),
        )
    }
    report.adjustments += page.length
    onPage('adjustments', report.adjustments)
  }
  await auditRollups(db, report, scope, onPage)
  report.dead_letters = await countDeadLetters(db)
  return { ...report, ok: report.differences_found === 0 }
}

async function auditRollups(
  db: Queryable,
  report: AuditReport,
  { clientId, since, rebuildRollups = false }: AuditScope & { rebuildRollups?: boolean },
  onPage: (what: 'days', count: number) => void,
): Promise<void> {
  for await (const { differences, rebuilt } of checkRollups(db, { clientId, since, rebuild: rebuildRollups })) {
    note(report, differences.map(fromRollup))
    report.rollup_days += 1
    if (rebuilt) report.rebuilt_rollup_days += 1
    onPage('days', report.rollup_days)
  }
}

function judgeRow(
  report: AuditReport,
  row: { call_id: string; client: string | null } | undefined,
  booked: BookedCost,
  versions: ReadonlyMap<string, PriceVersion>,
): void {
  const { problems, undecidable } = judgeCost(booked, versions)
  if (undecidable) report.undecidable[undecidable] = (report.undecidable[undecidable] ?? 0) + 1
  else report.recomputed += 1
  if (row)
    note(
      report,
      problems.map((problem) => fromCost(row, problem)),
    )
}

async function learnPrices(db: Queryable, versions: Map<string, PriceVersion>, booked: readonly BookedCost[]): Promise<void> {
  const unknown = new Set(booked.flatMap(priceIdsOf).filter((id) => !versions.has(id)))
  for (const [id, version] of await loadPriceVersions(db, [...unknown])) versions.set(id, version)
}

function note(report: AuditReport, differences: readonly Difference[]): void {
  report.differences_found += differences.length
  report.differences.push(...differences.slice(0, Math.max(0, mostListed - report.differences.length)))
}

function emptyReport(): AuditReport {
  return {
    ok: true,
    periods: 0,
    archived_periods: 0,
    rows: 0,
    recomputed: 0,
    undecidable: {},
    charges_of_deleted_budgets: 0,
    adjustments: 0,
    dead_letters: 0,
    rollup_days: 0,
    rebuilt_rollup_days: 0,
    differences: [],
    differences_found: 0,
  }
}

function fromLedger({ what, client, callId, budgetId, periodStart, type, booked, expected }: LedgerDifference): Difference {
  const decimal = (amount: string | null) =>
    amount !== null && type !== undefined && type !== 'tokens' && /^-?\d+$/.test(amount) ? formatDecimal(BigInt(amount), 9) : amount
  return {
    what,
    client,
    call_id: callId ?? null,
    budget_id: budgetId ?? null,
    period_start: periodStart ?? null,
    unit: type ?? null,
    booked: decimal(booked),
    expected: decimal(expected),
  }
}

const unitOfCost: Record<CostProblem['what'], Difference['unit']> = {
  tokens: 'tokens',
  attempts_tokens: 'tokens',
  price: null,
  attempt_cost: 'usd',
  attempts_cost: 'usd',
  cost_usd: 'usd',
  cost_brl: 'brl',
}

function fromCost(row: { call_id: string; client: string | null }, problem: CostProblem, as?: 'truth'): Difference {
  const { what, booked, expected } = problem
  const { call_id, client } = row
  return { what: as ?? what, client, call_id, budget_id: null, period_start: null, unit: unitOfCost[what], booked, expected }
}

function fromRollup({ grain, client, start, provider, model, booked, expected }: RollupDifference): Difference {
  const told = (figures: string) => `${provider}/${model}: ${figures}`
  return {
    what: `${grain}_rollup`,
    client,
    call_id: null,
    budget_id: null,
    period_start: start.toISOString(),
    unit: null,
    booked: told(booked),
    expected: told(expected),
  }
}

function fromDoubled({ call_id, client, rows }: DoubledCallRow): Difference {
  return { what: 'call_rows', client, call_id, budget_id: null, period_start: null, unit: null, booked: String(rows), expected: '1' }
}

function fromStray(hold: StrayHoldRow): Difference {
  return {
    what: hold.has_admission ? 'hold_without_period' : 'hold_without_admission',
    client: hold.client,
    call_id: hold.call_id,
    budget_id: hold.budget_id,
    period_start: hold.period_start.toISOString(),
    unit: null,
    booked: String(hold.amount),
    expected: null,
  }
}

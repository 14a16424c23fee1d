import type { CallRecord } from '../../src/ledger/index.ts'
import type { Books } from './books.ts'
import { count } from './figures.ts'
import { openedRows, rowAmount } from './model/change-kind.ts'
import type { BudgetType, UsageRow } from './model/state.ts'
import type { SimCall } from './sim-call.ts'
import type { Served } from './sim-provider.ts'
import type { World } from './world.ts'

/** What must be true once everybody has come back and nothing is under way any more. */
export function checkEnd(world: World, books: Books, calls: SimCall[], steady: ReadonlySet<string>): void {
  const { state } = books
  if (state.holds.size > 0 || state.admissions.size > 0) world.fail(`${state.admissions.size} admissions are left over`)
  for (const [key, period] of state.periods) if (period.reserved !== 0n) world.fail(`period ${key} still reserves ${period.reserved}`)
  books.checkBalance()
  for (const { row, budgetId, amount } of openedRows(state)) {
    const budget = state.budgets.get(budgetId)
    const told = state.adjustments.filter(({ callId }) => callId === row.callId)
    const due = budget && rowAmount(budget, told[0]?.truth ?? row)
    const counted = told.reduce((sum, adjustment) => sum + (adjustment.budgetId === budgetId ? adjustment.amount : 0n), amount)
    if (counted !== due) world.fail(`call ${row.callId} counts ${counted} instead of ${due} in the opening of budget ${budgetId}`)
  }
  for (const call of calls) new EndCheck(world, books, call, steady).check()
  const known = new Set(calls.map((call) => call.id))
  for (const { callId } of state.rowLog) if (!known.has(callId)) world.fail(`there is a row of a call ${callId} that nobody made`)
}

class EndCheck {
  readonly #world: World
  readonly #books: Books
  readonly #call: SimCall
  readonly #steady: ReadonlySet<string>

  constructor(world: World, books: Books, call: SimCall, steady: ReadonlySet<string>) {
    this.#world = world
    this.#books = books
    this.#call = call
    this.#steady = steady
  }

  check(): void {
    const { state } = this.#books
    const call = this.#call
    const rows = state.rows.get(call.id) ?? []
    if (rows.length > 1) this.#fail(`has ${rows.length} rows`)
    const [row] = rows
    const wasServed = call.served.some((served) => served.hasArrived)
    if (!row) {
      if ((wasServed || call.isSettled) && !this.#mayHaveNoRow()) this.#fail('reached its provider and has no row')
      return
    }
    count(this.#world.figures.calls, `row: ${row.status}`)
    if (row.flags.includes('over_hold')) count(this.#world.figures.calls, 'row: over_hold')
    if (state.adjustments.some((adjustment) => adjustment.callId === call.id)) count(this.#world.figures.calls, 'row: late truth')
    if (call.isReleased) this.#checkReleased(row)
    else if (call.isSettled) this.#checkExact(row)
    else this.#checkEstimate(row, wasServed)
    this.#checkCharges(row)
  }

  /** A record that is none is kept aside. A function without a disk has nothing that remembers a call that was never admitted. */
  #mayHaveNoRow(): boolean {
    const call = this.#call
    if (this.#books.state.deadLetters.some((letter) => letter.callId === call.id)) return call.isPoison
    return call.replica.disk === undefined && call.isUnadmitted && !call.isSettled
  }

  #checkReleased(row: UsageRow): void {
    if (row.status !== 'orphaned') this.#fail(`was released and has a row with status ${row.status}`)
    // A disk that takes no record takes no word that its note is void either: whoever finds the note charges it.
    const { isUnadmitted, replica } = this.#call
    if (isUnadmitted && replica.disk?.hasFailed) return
    // An admission that came after the release is freed a little later, by a process that lives.
    if (isUnadmitted && replica.wasKilled && this.#books.admittedOn.has(this.#call.id)) return
    // Of several processes that take a dead one's files over at once, one may get the note and another the word that it is void.
    if (isUnadmitted && replica.wasKilled && replica.disk?.isShared) return
    for (const { budgetId, startMs } of row.charges) {
      const net = this.#net(row, budgetId, startMs)
      if (net !== undefined && net !== 0n) this.#fail(`was released and is charged ${net} in budget ${budgetId}`)
    }
  }

  /** What was settled is what the budgets have been charged, and, where the provider told it all, what the provider served. */
  #checkExact(row: UsageRow): void {
    const { record, id } = this.#call
    if (!record) this.#fail('was settled without a record')
    const { adjustments } = this.#books.state
    if (row.status === 'orphaned') {
      const isTold = adjustments.some(
        ({ callId, reason, truth }) =>
          callId === id &&
          reason === 'late_settlement' &&
          truth.totalTokens === BigInt(record.totalTokens) &&
          truth.costUsd === record.costUsd,
      )
      if (!isTold) this.#fail('was settled, is charged as an orphan, and its truth was never booked')
    } else if (row.totalTokens !== BigInt(record.totalTokens) || row.costUsd !== record.costUsd || row.costBrl !== record.costBrl) {
      this.#fail(`was settled with ${record.totalTokens} tokens and has a row of ${row.totalTokens}`)
    }
    for (const { budgetId, startMs } of row.charges) {
      const budget = this.#books.state.budgets.get(budgetId)
      const net = this.#net(row, budgetId, startMs)
      const due = budget && amountOf(budget.type, record)
      if (net !== undefined && net !== due) this.#fail(`is charged ${net} in budget ${budgetId} instead of ${due}`)
    }
    this.#checkAgainstProvider(record)
  }

  #checkAgainstProvider(record: CallRecord): void {
    const { served } = this.#call
    const reported = served.reduce((sum, { reported: usage }) => sum + (usage?.totalTokens ?? 0), 0)
    const billed = served.filter(({ wasRefused }) => !wasRefused)
    if (billed.every(({ reported: usage }) => usage !== undefined)) {
      if (record.totalTokens !== reported) this.#fail(`was served ${reported} tokens and is settled with ${record.totalTokens}`)
      return
    }
    const seen = served.reduce((sum, attempt) => sum + leastOf(attempt), 0)
    if (record.totalTokens < seen) this.#fail(`took ${seen} tokens at the least and is settled with ${record.totalTokens}`)
    if (record.status === 'ok') this.#fail('is settled as certain, and its usage is not')
  }

  /** Nobody lived to settle it: its upper bound, which is never below what was served. */
  #checkEstimate(row: UsageRow, wasServed: boolean): void {
    const { record, served, isHard } = this.#call
    if (record && row.status !== 'orphaned') {
      this.#checkExact(row)
      return
    }
    if (row.status !== 'orphaned') this.#fail(`was never settled and has a row with status ${row.status}`)
    if (!wasServed || row.flags.includes('hold_released')) return
    // A provider that took more than it was told, and one that failed on a prompt of unknown size, are beyond any bound.
    const isBounded = (kind: string) => kind !== 'above_hold' && kind !== 'says_it_failed'
    const taken = served.map(({ hasArrived, kind, inputTokens, outputTokens }) =>
      hasArrived && isBounded(kind) ? inputTokens + outputTokens : 0,
    )
    // Only a hard budget has another attempt held anew.
    const least = isHard ? taken.reduce((sum, tokens) => sum + tokens, 0) : Math.max(...taken)
    if (row.totalTokens < BigInt(least)) this.#fail(`was served ${least} tokens and is charged ${row.totalTokens} as an orphan`)
  }

  /** Every budget that it was admitted on, and, had it no admission when it was booked, every one that was there all the time. */
  #checkCharges(row: UsageRow): void {
    const { state, admittedOn } = this.#books
    const charged = new Set(row.charges.map((charge) => charge.budgetId))
    if (charged.size !== row.charges.length) this.#fail('is charged twice in one budget')
    const { id, clientId, mayHaveNote } = this.#call
    const steady = () => state.budgetsOf(clientId).flatMap((budget) => (this.#steady.has(budget.id) ? [budget.id] : []))
    const due = (mayHaveNote ? undefined : admittedOn.get(id)) ?? steady()
    for (const budgetId of due) {
      if (state.budgets.has(budgetId) && !charged.has(budgetId)) this.#fail(`is not charged in its budget ${budgetId}`)
    }
  }

  /** What a budget that is still there has been charged, the late truth counted in. */
  #net(row: UsageRow, budgetId: string, startMs: number): bigint | undefined {
    const { state } = this.#books
    if (!state.budgets.has(budgetId)) return undefined
    let net = 0n
    for (const charge of row.charges) if (charge.budgetId === budgetId && charge.startMs === startMs) net += charge.amount
    for (const adjustment of state.adjustments) {
      if (adjustment.callId === row.callId && adjustment.budgetId === budgetId) net += adjustment.amount
    }
    return net
  }

  #fail(what: string): never {
    const { served, record, isUnadmitted, isHard, isSettled, replica } = this.#call
    const { state, admittedOn } = this.#books
    const adjustments = state.adjustments.filter(({ callId }) => callId === this.#call.id)
    const facts = { replica: replica.name, isUnadmitted, isHard, isSettled, served, record, adjustments }
    const booked = { row: state.rows.get(this.#call.id), admittedOn: admittedOn.get(this.#call.id) }
    const shown = JSON.stringify({ ...facts, ...booked }, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
    this.#world.fail(`call ${this.#call.id} ${what}\n${shown}`)
  }
}

/** What an attempt must be charged at the least: what was reported, or was seen, or, where nothing was seen, all that was really served. */
function leastOf({ kind, reported, hasArrived, inputTokens, outputTokens, deliveredTokens }: Served): number {
  if (reported) return reported.totalTokens
  const isUnseen = hasArrived && deliveredTokens === 0 && (kind === 'hangs' || kind === 'tells_input_first')
  return isUnseen ? inputTokens + outputTokens : deliveredTokens
}

function amountOf(type: BudgetType, record: CallRecord): bigint {
  if (type === 'tokens') return BigInt(record.totalTokens)
  return (type === 'usd' ? record.costUsd : record.costBrl) ?? 0n
}

import type { ReserveOutcome } from '../../src/ledger/sql/reserve.ts'
import { boundAmount, type JsonBounds, keyOf, limitAt, type ModelPeriod, ModelState, type UsageRow } from './model/state.ts'
import type { World } from './world.ts'

interface Before {
  /** What each period with a hard budget had used and reserved. */
  taken: Map<string, bigint>
  held: Map<string, bigint>
  rows: number
  adjustments: number
}

/** The model database, and what must be true of it after every statement. */
export class Books {
  readonly state = new ModelState()
  /** The budgets that a call was admitted on. */
  readonly admittedOn = new Map<string, string[]>()
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** A statement that moves money. */
  moved<T>(effect: () => T): T {
    const before = this.#before()
    const result = effect()
    this.#checkRows(before.rows)
    this.#checkCaps(before)
    this.checkBalance()
    return result
  }

  reserved(callsJson: string, effect: () => ReserveOutcome[]): ReserveOutcome[] {
    const outcomes = this.moved(effect)
    const calls = JSON.parse(callsJson) as { call_id: string; min_output: number; bounds: JsonBounds }[]
    for (const [index, outcome] of outcomes.entries()) {
      const holds = this.state.holds.get(outcome.call_id)
      if (outcome.outcome === 'admitted' && holds) {
        this.admittedOn.set(
          outcome.call_id,
          holds.map((hold) => hold.budgetId),
        )
      }
      if (outcome.outcome !== 'exceeded') continue
      const bound = calls[index]?.bounds[outcome.budget.type]
      const charged = this.#chargedIn(outcome.budget.id, Date.parse(outcome.budget.resets_at))
      // What other calls hold is no reason for a 402: only what was really charged.
      if (!bound || charged + boundAmount(bound, BigInt(calls[index]?.min_output ?? 0)) <= BigInt(outcome.budget.limit)) {
        this.#world.fail(`call ${outcome.call_id} got a false 402: ${charged} of ${outcome.budget.limit} are charged`)
      }
    }
    return outcomes
  }

  /** Counters are the sums of their rows, adjustments and holds. */
  checkBalance(): void {
    const sums = new Map<string, { used: bigint; reserved: bigint }>()
    for (const [key, { opening }] of this.state.periods) sums.set(key, { used: opening, reserved: 0n })
    const add = (budgetId: string, startMs: number, part: 'used' | 'reserved', amount: bigint) => {
      const sum = sums.get(keyOf(budgetId, startMs))
      if (sum) sum[part] += amount
    }
    for (const row of this.state.rowLog) for (const { budgetId, startMs, amount } of row.charges) add(budgetId, startMs, 'used', amount)
    for (const { budgetId = '', startMs = 0, amount } of this.state.adjustments) add(budgetId, startMs, 'used', amount)
    for (const holds of this.state.holds.values()) for (const hold of holds) add(hold.budgetId, hold.startMs, 'reserved', hold.amount)
    for (const [key, { used, reserved }] of this.state.periods) {
      const sum = sums.get(key)
      if (sum?.used === used && sum.reserved === reserved) continue
      this.#world.fail(`period ${key} says used ${used}, reserved ${reserved}; its parts sum to ${sum?.used} and ${sum?.reserved}`)
    }
    const alerts = new Set(this.state.alerts.map((alert) => `${keyOf(alert.budgetId, alert.startMs)} ${alert.threshold}`))
    if (alerts.size !== this.state.alerts.length) this.#world.fail('an alert was raised twice')
  }

  #before(): Before {
    const { state } = this
    const taken = new Map([...state.periods].map(([key, period]) => [key, period.used + period.reserved]))
    const held = new Map([...state.holds.values()].flat().map((hold) => [holdKey(hold.callId, hold.budgetId), hold.amount]))
    return { taken, held, rows: state.rowLog.length, adjustments: state.adjustments.length }
  }

  #checkRows(since: number): void {
    for (const { callId } of this.state.rowLog.slice(since)) {
      const rows = this.state.rows.get(callId) ?? []
      if (rows.length > 1) this.#world.fail(`call ${callId} has ${rows.length} rows`)
    }
  }

  /** A hard budget passes its limit only by what a provider billed above the hold, or what could not be held, or was told late. */
  #checkCaps(before: Before): void {
    const excess = new Map<string, bigint>()
    const allow = (budgetId: string, startMs: number, amount: bigint) => {
      const key = keyOf(budgetId, startMs)
      if (amount > 0n) excess.set(key, (excess.get(key) ?? 0n) + amount)
    }
    for (const row of this.state.rowLog.slice(before.rows)) this.#allowRow(row, before, allow)
    for (const { budgetId = '', startMs = 0, amount } of this.state.adjustments.slice(before.adjustments)) allow(budgetId, startMs, amount)
    for (const [key, period] of this.state.periods) {
      const budget = this.state.budgets.get(period.budgetId)
      if (!budget?.isHard || budget.isRetired) continue
      const most = (before.taken.get(key) ?? 0n) + (excess.get(key) ?? 0n)
      const limit = limitAt(period, this.#world.nowMs)
      if (taken(period) <= limit || taken(period) <= most) continue
      this.#world.fail(`hard budget ${key} has ${taken(period)} of ${limit} taken; at most ${most} could be explained`)
    }
  }

  #allowRow(row: UsageRow, before: Before, allow: (budgetId: string, startMs: number, amount: bigint) => void): void {
    for (const { budgetId, startMs, amount } of row.charges) {
      const held = before.held.get(holdKey(row.callId, budgetId))
      const isOver = held !== undefined && amount > held
      if (isOver && this.state.budgets.get(budgetId)?.isHard && !row.flags.includes('over_hold')) {
        this.#world.fail(`call ${row.callId} took ${amount} where ${held} were held, and its row does not say so`)
      }
      allow(budgetId, startMs, amount - (held ?? 0n))
    }
  }

  #chargedIn(budgetId: string, endMs: number): bigint {
    const period = [...this.state.periods.values()].find((there) => there.budgetId === budgetId && there.endMs === endMs)
    let sum = period?.opening ?? 0n
    const isHere = (part: { budgetId: string | undefined; startMs: number | undefined }) =>
      part.budgetId === budgetId && part.startMs === period?.startMs
    for (const row of this.state.rowLog) for (const charge of row.charges) if (isHere(charge)) sum += charge.amount
    for (const adjustment of this.state.adjustments) if (isHere(adjustment)) sum += adjustment.amount
    return sum
  }
}

function taken(period: ModelPeriod): bigint {
  return period.used + period.reserved
}

function holdKey(callId: string, budgetId: string): string {
  return `${callId}/${budgetId}`
}

import type { RefusingBudget, ReserveOutcome } from '../../../src/ledger/sql/reserve.ts'
import {
  boundAmount,
  floorDivide,
  type Hold,
  type JsonBound,
  type JsonBounds,
  type JsonRecord,
  keyOf,
  limitAt,
  type ModelBudget,
  type ModelPeriod,
  type ModelState,
  SqlError,
} from './state.ts'

interface JsonCall {
  call_id: string
  client_id: string
  ttl_ms: number
  output: number
  min_output: number
  last_chance: boolean
  bounds: JsonBounds
  estimate: JsonRecord
}

/** A budget of the group, and what the group has done to it so far. */
interface Place {
  budget: ModelBudget
  period: ModelPeriod
  /** In force. */
  limit: bigint
  raisedUntilMs: number | undefined
  /** Used before this group. */
  used: bigint
  left: bigint
  added: bigint
}

type Verdict = { admitted: true; output: bigint } | { admitted: false; outcome: 'exceeded' | 'paused' | 'busy' | 'unpriced'; by: Place }

/** ledger_reserve. */
export function reserve(state: ModelState, callsJson: string, replica: string, nowMs: number): ReserveOutcome[] {
  const calls = JSON.parse(callsJson) as JsonCall[]
  const ids = new Set<string>()
  const periodsBefore = new Set(state.periods.keys())
  const places = placesOf(state, calls, nowMs)
  const outcomes: ReserveOutcome[] = []
  const admit: (() => void)[] = []
  for (const call of calls) {
    const mine = places.get(call.client_id) ?? []
    const verdict = judge(call, mine)
    if (!verdict.admitted) {
      outcomes.push({ call_id: call.call_id, outcome: verdict.outcome, budget: describe(state, verdict.by) })
      continue
    }
    if (ids.has(call.call_id) || state.admissions.has(call.call_id)) {
      for (const key of state.periods.keys()) if (!periodsBefore.has(key)) state.periods.delete(key)
      throw new SqlError('23505', 'duplicate key value violates unique constraint "call_admissions_pkey"')
    }
    ids.add(call.call_id)
    const holds = hold(call, mine, verdict.output)
    admit.push(() => keep(state, call, holds, verdict.output, replica, nowMs))
    const hard = mine.some(({ budget }) => budget.isHard)
    const admitted_at = new Date(nowMs).toISOString()
    outcomes.push({ call_id: call.call_id, outcome: 'admitted', output: Number(verdict.output), hard, admitted_at })
  }
  for (const run of admit) run()
  for (const { period, added } of [...places.values()].flat()) period.reserved += added
  return outcomes
}

function placesOf(state: ModelState, calls: JsonCall[], nowMs: number): Map<string, Place[]> {
  const places = new Map<string, Place[]>()
  for (const { client_id: clientId } of calls) {
    if (places.has(clientId)) continue
    const ofClient = state.budgetsOf(clientId).map((budget) => {
      const period = state.periodAt(budget, nowMs)
      const reserved = state.bugs.ignoresReserved ? 0n : period.reserved
      const limit = limitAt(period, nowMs)
      const raisedUntilMs = limit > period.limit ? period.raise?.untilMs : undefined
      return { budget, period, limit, raisedUntilMs, used: period.used, left: limit - period.used - reserved, added: 0n }
    })
    places.set(clientId, ofClient)
  }
  return places
}

function judge(call: JsonCall, mine: Place[]): Verdict {
  const refused = refusal(call, mine)
  if (refused) return refused
  const hard = mine.filter(({ budget }) => budget.isHard).map((place) => ({ place, bound: call.bounds[place.budget.type] as JsonBound }))
  let output = BigInt(call.output)
  for (const { place, bound } of hard) output = least(output, affordable(bound, place.limit - place.used))
  let by: Place | undefined
  let fitting = output
  for (const { place, bound } of hard) {
    if (boundAmount(bound, output) <= place.left) continue
    by ??= place
    fitting = BigInt(bound.per_million) > 0n ? least(fitting, affordable(bound, place.left)) : -1n
  }
  if (!by) return { admitted: true, output }
  if (call.last_chance && fitting >= BigInt(call.min_output)) return { admitted: true, output: fitting }
  for (const place of mine) place.left = least(place.left, 0n)
  return { admitted: false, outcome: 'busy', by }
}

/** ledger_refusal. */
function refusal(call: JsonCall, mine: Place[]): Verdict | undefined {
  for (const by of mine) {
    if (by.budget.isPaused) return { admitted: false, outcome: 'paused', by }
    if (!by.budget.isHard) continue
    const bound = call.bounds[by.budget.type]
    if (!bound) return { admitted: false, outcome: 'unpriced', by }
    if (by.used + boundAmount(bound, BigInt(call.min_output)) > by.limit) return { admitted: false, outcome: 'exceeded', by }
  }
  return undefined
}

/** The output that so much pays for; the call's own wish where output costs nothing. */
function affordable(bound: JsonBound, amount: bigint): bigint {
  const perMillion = BigInt(bound.per_million)
  return perMillion > 0n ? floorDivide((amount - BigInt(bound.fixed)) * 1_000_000n, perMillion) : 2n ** 62n
}

function hold(call: JsonCall, mine: Place[], output: bigint): Hold[] {
  return mine.map((place) => {
    const bound = call.bounds[place.budget.type]
    const amount = bound ? boundAmount(bound, output) : 0n
    place.left -= amount
    place.added += amount
    return { callId: call.call_id, budgetId: place.budget.id, startMs: place.period.startMs, amount }
  })
}

function keep(state: ModelState, call: JsonCall, holds: Hold[], outputTokens: bigint, replica: string, nowMs: number): void {
  const { call_id: callId, client_id: clientId, bounds, estimate } = call
  const expiresAtMs = nowMs + call.ttl_ms
  state.admissions.set(callId, { callId, clientId, replica, admittedAtMs: nowMs, expiresAtMs, bounds, outputTokens, estimate })
  state.holds.set(callId, holds)
}

/** ledger_describe. */
function describe(state: ModelState, { budget, period, limit, raisedUntilMs, used, added }: Place): RefusingBudget {
  return {
    id: budget.id,
    type: budget.type,
    period: budget.period,
    limit: Number(limit),
    used: Number(used),
    reserved: Number(period.reserved + added),
    resets_at: inSeconds(period.endMs),
    raised_until: raisedUntilMs === undefined ? null : inSeconds(raisedUntilMs),
    time_zone: state.clients.get(budget.clientId)?.timeZone ?? '',
  }
}

function inSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** What ledger_reserve_more is asked. */
export interface MoreAsked {
  callId: string
  /** JSON. */
  bounds: string
  output: number
  least: number
}

/** ledger_reserve_more. */
export function reserveMore(state: ModelState, { callId, bounds: boundsJson, output, least: minOutput }: MoreAsked, nowMs: number) {
  const admission = state.admissions.get(callId)
  if (!admission) return undefined
  const bounds = JSON.parse(boundsJson) as JsonBounds
  const held = heldBy(state, callId)
  let covered = BigInt(output)
  for (const { budget, period } of held) {
    if (budget.isRetired) continue
    if (budget.isPaused) return undefined
    const bound = bounds[budget.type]
    if (!budget.isHard || !bound) continue
    const left = limitAt(period, nowMs) - period.used - period.reserved
    if (BigInt(bound.per_million) > 0n) covered = least(covered, affordable(bound, left))
    else if (BigInt(bound.fixed) > left) return undefined
  }
  if (covered < BigInt(minOutput)) return undefined
  for (const { hold, budget, period } of held) {
    const bound = bounds[budget.type]
    const more = bound ? boundAmount(bound, covered) : 0n
    hold.amount += more
    period.reserved += more
  }
  admission.outputTokens += covered
  admission.bounds = Object.fromEntries(
    Object.entries(admission.bounds).map(([type, bound]) => {
      const other = bounds[type as ModelBudget['type']]
      return [type, bound && other ? { ...bound, fixed: String(BigInt(bound.fixed) + BigInt(other.fixed)) } : null]
    }),
  )
  return Number(covered)
}

function heldBy(state: ModelState, callId: string) {
  return (state.holds.get(callId) ?? []).flatMap((hold) => {
    const budget = state.budgets.get(hold.budgetId)
    const period = state.periods.get(keyOf(hold.budgetId, hold.startMs))
    return budget && period ? [{ hold, budget, period }] : []
  })
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

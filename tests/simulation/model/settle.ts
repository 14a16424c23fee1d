import type { SettleCounts } from '../../../src/ledger/sql/settle.ts'
import { parseDecimal } from '../../../src/shared/money.ts'
import { openedRows, rowAmount } from './change-kind.ts'
import {
  type Alert,
  boundAmount,
  type Incoming,
  type JsonRecord,
  keyOf,
  limitAt,
  type ModelBudget,
  type ModelPeriod,
  type ModelState,
  SqlError,
} from './state.ts'

/** What a call moves in one period; `held` is undefined where nothing was held. */
interface Move {
  callId: string
  budgetId: string
  startMs: number
  held: bigint | undefined
}

/** ledger_settle. */
export function settle(state: ModelState, recordsJson: string, nowMs: number): SettleCounts {
  return settleIncoming(state, (JSON.parse(recordsJson) as JsonRecord[]).map(read), nowMs)
}

function settleIncoming(state: ModelState, records: Incoming[], nowMs: number): SettleCounts {
  const ids = [...new Set(records.map((record) => record.callId))]
  const admitted = ids.filter((id) => state.admissions.has(id))
  for (const record of records) if (record.unadmitted) placeUnadmitted(state, record)
  const moves = [
    ...admitted.flatMap((id): Move[] => (state.holds.get(id) ?? []).map(({ amount, ...hold }) => ({ ...hold, held: amount }))),
    ...records.flatMap((record) => unheld(state, record)),
  ]
  const incoming = oneEach(records)
  const inserted = new Set<string>()
  for (const record of incoming.values()) if (insert(state, record, moves)) inserted.add(record.callId)
  for (const move of moves) {
    const record = incoming.get(move.callId)
    const period = state.periods.get(keyOf(move.budgetId, move.startMs))
    const budget = state.budgets.get(move.budgetId)
    if (!record || !period || !budget) continue
    if (state.bugs.forgetsVoid && record.status === undefined) continue
    period.reserved -= move.held ?? 0n
    if (inserted.has(move.callId) && !state.bugs.forgetsCounter) period.used += rowAmount(budget, record)
  }
  for (const id of admitted) {
    if (state.bugs.forgetsVoid && incoming.get(id)?.status === undefined) continue
    state.holds.delete(id)
    state.admissions.delete(id)
  }
  const late = ids.filter((id) => !inserted.has(id))
  const adjusted = late.length > 0 && !state.bugs.forgetsLateTruth ? adjust(state, records, new Set(late), nowMs) : 0
  return { inserted: inserted.size, adjusted, alerts: alert(state, moves, nowMs) }
}

/** ledger_place_unadmitted. */
function placeUnadmitted(state: ModelState, record: Incoming): void {
  const rows = state.rows.get(record.callId)
  if (rows) record.createdAtMs = Math.min(...rows.map((row) => row.createdAtMs))
  else record.createdAtMs = state.admissions.get(record.callId)?.admittedAtMs ?? record.createdAtMs
}

function unheld(state: ModelState, record: Incoming): Move[] {
  if (!record.unadmitted) return []
  if (state.admissions.has(record.callId) && (state.holds.get(record.callId) ?? []).length > 0) return []
  return state.budgetsOf(record.clientId).map((budget) => {
    const { startMs } = state.periodAt(budget, record.createdAtMs)
    return { callId: record.callId, budgetId: budget.id, startMs, held: undefined }
  })
}

/** A void record and a real one of the same call can meet: the real one counts. */
function oneEach(records: Incoming[]): Map<string, Incoming> {
  const byCall = new Map<string, Incoming>()
  for (const record of records) {
    const there = byCall.get(record.callId)
    if (!there || (there.status === undefined && record.status !== undefined)) byCall.set(record.callId, record)
  }
  return byCall
}

function insert(state: ModelState, record: Incoming, moves: Move[]): boolean {
  const { status, unadmitted, ...columns } = record
  if (status === undefined) return false
  const rows = state.rows.get(record.callId) ?? []
  if (rows.some((row) => row.createdAtMs === record.createdAtMs) && !state.bugs.insertsTwice) return false
  const charged = moves.flatMap((move) => {
    const budget = move.callId === record.callId ? state.budgets.get(move.budgetId) : undefined
    return budget ? [{ move, budget, amount: rowAmount(budget, record) }] : []
  })
  const isOver = charged.some(({ move, budget, amount }) => budget.isHard && move.held !== undefined && amount > move.held)
  const row = {
    ...columns,
    status,
    flags: isOver ? [...record.flags, 'over_hold'] : record.flags,
    charges: charged.map(({ move, amount }) => ({ budgetId: move.budgetId, startMs: move.startMs, amount })),
  }
  rows.push(row)
  state.rows.set(record.callId, rows)
  state.rowLog.push(row)
  return true
}

/** ledger_adjust: late truth about calls that were charged as estimates. */
function adjust(state: ModelState, records: Incoming[], late: Set<string>, nowMs: number): number {
  const moves: Move[] = []
  let adjusted = 0
  const told = oneEach(records.filter((record) => late.has(record.callId) && record.status !== 'orphaned'))
  for (const id of late) {
    for (const row of (state.rows.get(id) ?? []).filter(({ status }) => status === 'orphaned')) {
      const opened = openedRows(state).flatMap(({ row: counted, ...charge }) => (counted === row ? [charge] : []))
      moves.push(...[...row.charges, ...opened].map(({ budgetId, startMs }) => ({ callId: id, budgetId, startMs, held: undefined })))
      const truth = told.get(id)
      if (!truth) continue
      // Without a budget the truth is kept all the same.
      const charges = [...(row.charges.length > 0 ? row.charges : [undefined]), ...opened]
      for (const charge of charges) {
        const budget = charge && state.budgets.get(charge.budgetId)
        if (state.adjustments.some((there) => there.callId === id && there.budgetId === budget?.id)) continue
        const amount = budget ? rowAmount(budget, truth) - charge.amount : 0n
        const reason = truth.status === undefined ? 'late_release' : 'late_settlement'
        state.adjustments.push({ callId: id, budgetId: budget?.id, startMs: budget && charge.startMs, amount, reason, truth })
        adjusted += 1
        const period = budget && state.periods.get(keyOf(budget.id, charge.startMs))
        if (period) period.used += amount
      }
    }
  }
  alert(state, moves, nowMs)
  return adjusted
}

/** ledger_alert: each threshold once a budget and period, and a limit that is passed as well. */
function alert(state: ModelState, moves: Move[], nowMs: number): number {
  let alerts = 0
  for (const key of new Set(moves.map((move) => keyOf(move.budgetId, move.startMs)))) {
    const period = state.periods.get(key)
    const budget = period && state.budgets.get(period.budgetId)
    if (!budget || budget.isRetired) continue
    // Of a period that is over, the limit that it ended with.
    const limit = limitAt(period, Math.min(nowMs, period.endMs))
    for (const [index, threshold] of [80, 90, 100].entries()) {
      if (budget.alerts[index] && period.used * 100n >= limit * BigInt(threshold)) alerts += alertOnce(state, period, limit, threshold)
    }
    if (period.used > limit) alerts += alertOnce(state, period, limit, undefined)
  }
  return alerts
}

function alertOnce(state: ModelState, { budgetId, startMs, used }: ModelPeriod, limit: bigint, threshold: number | undefined): number {
  const isTold = (there: Alert) => there.budgetId === budgetId && there.startMs === startMs && there.threshold === threshold
  if (state.alerts.some(isTold)) return 0
  state.alerts.push({ budgetId, startMs, threshold, used, limit })
  return 1
}

/** ledger_alert_refusal. */
export function alertRefusal(state: ModelState, budgetId: string, periodEnd: string, nowMs: number): void {
  for (const period of state.periods.values()) {
    if (period.budgetId === budgetId && period.endMs === Date.parse(periodEnd)) alertOnce(state, period, limitAt(period, nowMs), undefined)
  }
}

/** ledger_expire. */
export function expire(state: ModelState, most: number, nowMs: number): number {
  const due = [...state.admissions.values()]
    .filter((admission) => admission.expiresAtMs < nowMs)
    .sort((a, b) => (a.callId < b.callId ? -1 : 1))
    .slice(0, most)
  if (due.length === 0) return 0
  const readable = due.map((admission) => {
    const isReleased = state.clients.get(admission.clientId)?.releasesExpired ?? false
    const amount = (type: ModelBudget['type']) => {
      const bound = admission.bounds[type]
      return isReleased ? 0n : bound ? boundAmount(bound, admission.outputTokens) : undefined
    }
    const rows = state.rows.get(admission.callId) ?? []
    const totalTokens = amount('tokens') ?? 0n
    const inputTokens = isReleased ? 0n : BigInt(admission.bounds.tokens?.fixed ?? 0)
    return {
      isPoison: isPoison(admission.estimate),
      record: {
        callId: admission.callId,
        clientId: admission.clientId,
        createdAtMs: rows.length > 0 ? Math.min(...rows.map((row) => row.createdAtMs)) : admission.admittedAtMs,
        status: state.bugs.dropsExpired ? undefined : 'orphaned',
        unadmitted: false,
        flags: [...(admission.estimate.flags ?? []), ...(isReleased ? ['hold_released'] : [])],
        inputTokens,
        outputTokens: totalTokens - inputTokens,
        totalTokens,
        costUsd: amount('usd'),
        costBrl: amount('brl'),
      } satisfies Incoming,
    }
  })
  if (!readable.some(({ isPoison }) => isPoison)) {
    settleIncoming(
      state,
      readable.map(({ record }) => record),
      nowMs,
    )
    return due.length
  }
  for (const { isPoison, record } of readable) {
    if (isPoison) keepDeadLetter(state, record.callId, 'expired')
    settleIncoming(state, [isPoison ? { ...record, status: undefined } : record], nowMs)
  }
  return due.length
}

/** Once a call. */
export function keepDeadLetter(state: ModelState, callId: string | undefined, reason: string): void {
  if (callId !== undefined && state.deadLetters.some((letter) => letter.callId === callId)) return
  state.deadLetters.push({ callId, reason })
}

function read(record: JsonRecord): Incoming {
  if (isPoison(record)) throw new SqlError('22P02', `invalid input syntax for type uuid: "${record.conversation_id}"`)
  return {
    callId: record.call_id ?? '',
    clientId: record.client_id ?? '',
    createdAtMs: Date.parse(record.created_at ?? ''),
    status: record.void ? undefined : record.status,
    unadmitted: record.unadmitted ?? false,
    flags: record.flags ?? [],
    inputTokens: BigInt(record.input_tokens ?? 0),
    outputTokens: BigInt(record.output_tokens ?? 0),
    totalTokens: BigInt(record.total_tokens ?? 0),
    costUsd: record.cost_usd === undefined ? undefined : parseDecimal(record.cost_usd, 9),
    costBrl: record.cost_brl === undefined ? undefined : parseDecimal(record.cost_brl, 9),
  }
}

/** The one kind of record here that PostgreSQL takes for none. */
function isPoison(record: JsonRecord): boolean {
  return record.conversation_id !== undefined && !/^[0-9a-f-]{36}$/.test(record.conversation_id)
}

import {
  type BudgetPeriod,
  type BudgetType,
  boundAmount,
  keyOf,
  type ModelBudget,
  type ModelState,
  SqlError,
  type UsageRow,
} from './state.ts'

export interface KindChange {
  type: BudgetType
  period: BudgetPeriod
  limit: bigint
  /** Of the budget that takes the place. */
  successorId: string
}

/** catraca_retire_budget and ledger_succeed_budgets: a budget of another type or period takes this one's place. */
export function changeKind(state: ModelState, budget: ModelBudget, change: KindChange, nowMs: number): void {
  const { type, period, limit, successorId } = change
  if (state.budgetsOf(budget.clientId).some((there) => there.type === type && there.period === period)) {
    throw new SqlError('23505', 'the client already has such a budget')
  }
  const successor = { ...budget, id: successorId, type, period, limit, raise: undefined }
  budget.isRetired = true
  state.budgets.set(successorId, successor)
  state.periodAt(successor, nowMs)
  for (const admission of state.admissions.values()) {
    if (admission.clientId !== budget.clientId || admission.admittedAtMs < budget.createdAtMs) continue
    const bound = admission.bounds[type]
    const amount = bound ? boundAmount(bound, admission.outputTokens) : 0n
    const held = state.periodAt(successor, admission.admittedAtMs)
    const hold = { callId: admission.callId, budgetId: successorId, startMs: held.startMs, amount }
    state.holds.set(admission.callId, [...(state.holds.get(admission.callId) ?? []), hold])
    held.reserved += amount
  }
  open(state, successor)
}

function open(state: ModelState, { id }: ModelBudget): void {
  for (const period of state.periods.values()) if (period.budgetId === id) period.openedUpto = state.rowLog.length
  for (const { row, startMs, amount } of openedRows(state, id)) {
    const period = state.periods.get(keyOf(id, startMs))
    if (!period) continue
    period.opening += amount
    period.used += amount
    const budget = state.budgets.get(id)
    const told = row.status === 'orphaned' && state.adjustments.find(({ callId }) => callId === row.callId)
    if (!told || !budget) continue
    const difference = rowAmount(budget, told.truth) - amount
    state.adjustments.push({ ...told, budgetId: id, startMs, amount: difference })
    period.used += difference
  }
}

interface OpenedRow {
  row: UsageRow
  budgetId: string
  startMs: number
  /** As it is counted there. */
  amount: bigint
}

/** ledger_opened_calls: the rows that are counted in the openings of periods. */
export function openedRows(state: ModelState, ofBudget?: string): OpenedRow[] {
  const opened: OpenedRow[] = []
  for (const { budgetId, startMs, endMs, openedUpto } of state.periods.values()) {
    const budget = state.budgets.get(budgetId)
    if (!budget || openedUpto === undefined || (ofBudget !== undefined && ofBudget !== budgetId)) continue
    for (const row of state.rowLog.slice(0, openedUpto)) {
      const { createdAtMs } = row
      if (row.clientId !== budget.clientId || createdAtMs < Math.max(startMs, budget.createdAtMs) || createdAtMs >= endMs) continue
      opened.push({ row, budgetId, startMs, amount: rowAmount(budget, row) })
    }
  }
  return opened
}

/** ledger_row_amount. */
export function rowAmount({ type }: ModelBudget, { totalTokens, costUsd, costBrl }: Pick<UsageRow, 'totalTokens' | 'costUsd' | 'costBrl'>) {
  if (type === 'tokens') return totalTokens
  return (type === 'usd' ? costUsd : costBrl) ?? 0n
}

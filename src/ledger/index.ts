export { type AuditScope, readAdjustmentPages, readPeriodPages, readRowPages, startOfAudit } from './audit-pages.ts'
export {
  type Budget,
  type BudgetPlace,
  type BudgetWish,
  changeBudget,
  endRaise,
  getBudget,
  listBudgets,
  pauseBudgets,
  type RaiseEnd,
  raiseBudget,
  removeBudget,
  setBudget,
} from './budget-admin.ts'
export { type BudgetShare, BudgetShares } from './budget-shares.ts'
export { budgetToJson, planBudgetToJson } from './budget-to-json.ts'
export type { AlertThreshold, BudgetChange, BudgetKind, BudgetPeriod, BudgetSettings, BudgetType } from './budget-wish.ts'
export type { AttemptDetail, AttemptRecord, Bound, CallBounds, CallFacts, CallRecord, CallStatus } from './call-record.ts'
export { type BookCheck, checkBooks } from './check-books.ts'
export { type ChargeCheck, checkAdjustment, checkCharges, checkPeriod, type LedgerDifference } from './check-charges.ts'
export { type CallStory, getCall, isKnownCall } from './find-call.ts'
export type { Admission, ReserveRequest } from './group-reserve.ts'
export { inspectSpool, type SpoolState } from './inspect-spool.ts'
export { type Ledger, type LedgerOptions, openLedger } from './ledger.ts'
export { plainAmount } from './plain-amount.ts'
export {
  changePlanBudget,
  listPlanBudgets,
  type PlanBudget,
  type PlanBudgetPlace,
  type PlanBudgetWish,
  removePlanBudget,
  setPlanBudget,
} from './plan-budget-admin.ts'
export type { AuditedRow } from './sql/audited-columns.ts'
export { countCallsUnderWay } from './sql/count-calls-under-way.ts'
export { countClientsInReais } from './sql/count-clients-in-reais.ts'
export { countDeadLetters } from './sql/count-dead-letters.ts'
export { countLostCalls } from './sql/count-lost-calls.ts'
export { countOpenCalls, type OpenCalls } from './sql/count-open-calls.ts'
export type { AdmissionRow } from './sql/find-admission.ts'
export type { CallMoveRow } from './sql/find-call-moves.ts'
export type { CallRow } from './sql/find-call-rows.ts'
export { type DoubledCallRow, findDoubledCalls } from './sql/find-doubled-calls.ts'
export { findStrayHolds, type StrayHoldRow } from './sql/find-stray-holds.ts'
export type { RefusingBudget } from './sql/reserve.ts'
export { type BilledUsageRow, sumBilledUsage } from './sql/sum-billed-usage.ts'

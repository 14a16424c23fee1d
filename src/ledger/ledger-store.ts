import type { Queryable } from '../database/index.ts'
import { alertRefusal } from './sql/alert-refusal.ts'
import { keepDeadLetter } from './sql/dead-letter.ts'
import { expireHolds } from './sql/expire.ts'
import { type ReserveOutcome, reserveCalls } from './sql/reserve.ts'
import { reserveMoreTokens } from './sql/reserve-more.ts'
import { type SettleCounts, settleRecords } from './sql/settle.ts'

/**
 * The ledger's statements, each one round trip and one commit. What they do is told where the database functions of the same names are
 * (supabase/migrations/); the simulator has them in memory. They reject with the database's own errors.
 */
export interface LedgerStore {
  /** One group, in arrival order, as a JSON array. */
  reserve(calls: string, replica: string): Promise<ReserveOutcome[]>
  /** The output tokens that are covered, or undefined where the budgets do not cover it. `bounds` is JSON. */
  reserveMore(callId: string, bounds: string, output: number, minOutput: number): Promise<number | undefined>
  /** One batch, as a JSON array. */
  settle(records: string): Promise<SettleCounts>
  /** Charges up to `most` calls whose holds have expired; resolves with how many there were. */
  expire(most: number): Promise<number>
  /** `record` is JSON. */
  keepDeadLetter(record: string, reason: string): Promise<void>
  /** A hard budget refused a call in the period that ends at `periodEnd` (ISO 8601). */
  alertRefusal(budgetId: string, periodEnd: string): Promise<void>
}

export function databaseStore(database: Queryable): LedgerStore {
  return {
    reserve: (calls, replica) => reserveCalls(database, calls, replica),
    reserveMore: (callId, bounds, output, minOutput) => reserveMoreTokens(database, callId, bounds, output, minOutput),
    settle: (records) => settleRecords(database, records),
    expire: (most) => expireHolds(database, most),
    keepDeadLetter: (record, reason) => keepDeadLetter(database, record, reason),
    alertRefusal: (budgetId, periodEnd) => alertRefusal(database, budgetId, periodEnd),
  }
}

import type { Queryable } from '../database/index.ts'
import { type AdjustmentRow, readAdjustments } from './sql/read-adjustments.ts'
import { type BookedRow, readBookedRows } from './sql/read-booked-rows.ts'
import { type RecountedPeriodRow, recountPeriods } from './sql/recount-periods.ts'
import { findStartOfAudit } from './sql/start-of-audit.ts'

/** Which part of the books is looked at. */
export interface AuditScope {
  /** Undefined: all clients. */
  clientId: string | undefined
  /** An instant as PostgreSQL writes it; see `startOfAudit`. Periods count from it on if they end after it, and then as a whole. */
  since: string
}

const rowsAPage = 2_000
/** One period can have millions of rows. */
const periodsAPage = 50
const firstId = '00000000-0000-0000-0000-000000000000'
const everything = '-infinity'

/**
 * The `since` of an audit. A day or a moment is by the clock of the time zone; without one, by the clocks that are ahead of all others, so
 * that no client's day is cut.
 */
export async function startOfAudit(
  db: Queryable,
  since: { seconds?: number; at?: string } | undefined,
  timeZone = 'Etc/GMT-14',
): Promise<string> {
  return since === undefined ? everything : await findStartOfAudit(db, since, timeZone)
}

/** All rows of the scope in pages, by the time of admission. Rows that are booked meanwhile may or may not be among them. */
export async function* readRowPages(db: Queryable, { since, clientId }: AuditScope): AsyncGenerator<BookedRow[]> {
  let after = { at: since, callId: firstId }
  yield* pages(rowsAPage, async () => {
    const rows = await readBookedRows(db, after, clientId, rowsAPage)
    const last = rows.at(-1)
    if (last) after = { at: last.cursor_at, callId: last.call_id }
    return rows
  })
}

/** All periods of the scope in pages, each page with its sums as of one moment. */
export async function* readPeriodPages(db: Queryable, scope: AuditScope): AsyncGenerator<RecountedPeriodRow[]> {
  let after = { budgetId: firstId, start: everything }
  yield* pages(periodsAPage, async () => {
    const rows = await recountPeriods(db, after, scope, periodsAPage)
    const last = rows.at(-1)
    if (last) after = { budgetId: last.budget_id, start: last.cursor_start }
    return rows
  })
}

/** All adjustments of the scope in pages, by their own time. */
export async function* readAdjustmentPages(db: Queryable, scope: AuditScope): AsyncGenerator<AdjustmentRow[]> {
  let after = 0n
  yield* pages(rowsAPage, async () => {
    const rows = await readAdjustments(db, after, scope, rowsAPage)
    after = rows.at(-1)?.id ?? after
    return rows
  })
}

async function* pages<Row>(size: number, next: () => Promise<Row[]>): AsyncGenerator<Row[]> {
  for (;;) {
    const rows = await next()
    if (rows.length > 0) yield rows
    if (rows.length < size) return
  }
}

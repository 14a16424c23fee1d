import { type Database, isConnectionError } from '../database/index.ts'
import { type Clock, systemClock } from '../shared/clock.ts'
import type { Log } from '../shared/log.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import type { CallRecord } from './call-record.ts'
import { type Admission, GroupReserve, type ReserveRequest } from './group-reserve.ts'
import { RefusalAlerts } from './refusal-alerts.ts'
import { Settlement } from './settlement.ts'
import { Spool } from './spool.ts'
import { SpoolRoom } from './spool-room.ts'
import { expireHolds } from './sql/expire.ts'
import { reserveMoreTokens } from './sql/reserve-more.ts'
import { toBounds, toJson, toRow } from './to-row.ts'
import { UnadmittedCalls } from './unadmitted-calls.ts'

const defaultSpoolBytes = 1024 * 1024 * 1024
/** A segment is deleted as a whole: with this many within the limit, one that is nearly booked holds up little. */
const segmentsWithinLimit = 16
const expireBatch = 500
const expireTimeoutMs = 30_000
/** A little more than the statement itself waits for a lock. */
const reserveMoreTimeoutMs = 1_500

export interface LedgerOptions {
  database: Database
  /** Names this process in holds and spool files. */
  replica: string
  log: Log
  /** Where final records wait for the database. Undefined (serverless): settling waits for the database itself. */
  spoolDir: string | undefined
  /** What the spool may take of the disk; default 1 GB. */
  spoolMaxBytes?: number
  /** How often expired holds are looked for. */
  expireEveryMs: number
  clock?: Clock
}

/** Reserves, settles and expires: the only way to a client's money. See README.md for the invariants. */
export interface Ledger {
  /**
   * Throws LedgerUnavailableError while the disk has no room for the records of one call more than `callsUnderWay`: asked before anything
   * is spent, for every client. Without a spool there always is.
   */
  ensureRoom(callsUnderWay: number): void
  /**
   * Admits a call or refuses it, before anything is spent. Rejects with BudgetExceededError (402), RateLimitedError `budget_busy` (429),
   * ConfigurationError or LedgerUnavailableError (503), both within 2 s and its patience.
   */
  reserve(request: ReserveRequest): Promise<Admission>
  /**
   * Holds as much again for a call under way whose attempt may have been billed without an answer. Resolves with the output tokens that
   * are covered for each answer, or undefined where the budgets do not cover another attempt or the ledger cannot be asked.
   */
  reserveMore(request: Pick<ReserveRequest, 'callId' | 'bounds' | 'outputTokens' | 'minOutputTokens'>): Promise<number | undefined>
  /** Resolves once the record is safe: on this machine's disk, or, without a spool, in the database. */
  settle(record: CallRecord): Promise<void>
  /**
   * The call goes on although it could not be admitted. `presumed` is what it is charged if this process dies before it is settled.
   * Resolves once that is on disk; rejects with LedgerUnavailableError where the disk takes nothing either.
   */
  goOn(presumed: CallRecord): Promise<void>
  /** The call never came to pass: its holds are freed and no row is written. */
  release(callId: string): Promise<void>
  /** Records that are safe but not yet in the database. */
  readonly depth: number
  /** What the spool takes of the disk. */
  readonly spoolBytes: number
  /** Books what is left, for as long as the database answers. */
  close(): Promise<void>
}

export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { database, replica, log, clock = systemClock, spoolDir, spoolMaxBytes = defaultSpoolBytes } = options
  const spool = spoolDir === undefined ? undefined : await Spool.open(spoolDir, replica, spoolMaxBytes / segmentsWithinLimit)
  const room = spool && (await SpoolRoom.open({ spool, dir: spoolDir ?? '', maxBytes: spoolMaxBytes, log }))
  const settlement = new Settlement({ database, spool, log, onBooked: () => groups.wake() })
  const unadmitted = new UnadmittedCalls(spool)
  const release = async (callId: string) => {
    await settlement.settle(toJson({ call_id: callId, void: true }))
    await unadmitted.settled(callId)
  }
  // A call that goes on is no lost one: its own record frees the hold that it may have after all.
  const lost = freeLost(async (callId) => {
    if (!unadmitted.has(callId)) await release(callId)
  }, log)
  const refusals = new RefusalAlerts(database, log)
  const groups = new GroupReserve({ database, replica, clock, onLost: lost.free, onExceeded: (budget) => refusals.note(budget) })
  if (settlement.depth > 0) log.info(`[Ledger] booking ${settlement.depth} records that an earlier process left in the spool`)
  settlement.start()
  const expiry = startExpiring(database, log, options.expireEveryMs)

  return {
    ensureRoom: (callsUnderWay) => room?.ensure(callsUnderWay),
    reserve: (request) => groups.reserve(request),
    async reserveMore({ callId, bounds, outputTokens, minOutputTokens }) {
      try {
        const asked = reserveMoreTokens(database, callId, JSON.stringify(toBounds(bounds)), outputTokens, minOutputTokens)
        return await withTimeout(asked, reserveMoreTimeoutMs)
      } catch (error) {
        // Should it have been committed all the same, settling frees the whole hold, however large it is.
        log.warn(`[Ledger] no more could be reserved for call ${callId}, so no other target is tried: ${String(error)}`)
        return undefined
      }
    },
    async settle(record) {
      await settlement.settle(toJson(toRow(record)))
      await unadmitted.settled(record.callId)
    },
    goOn: (presumed) => unadmitted.goOn(presumed),
    release,
    get depth() {
      return settlement.depth
    },
    get spoolBytes() {
      return spool?.bytes ?? 0
    },
    async close() {
      await lost.close()
      await expiry.stop()
      await refusals.close()
      await settlement.close()
      room?.close()
      await spool?.close()
    },
  }
}

/** Frees the holds of calls that were refused although they may have been admitted. What cannot be freed expires. */
function freeLost(release: (callId: string) => Promise<void>, log: Log) {
  const due = new Map<NodeJS.Timeout, string[]>()
  const freeNow = async (callIds: string[]) => {
    const results = await Promise.allSettled(callIds.map(release))
    const failed = results.filter((result) => result.status === 'rejected')
    if (failed.length > 0) log.warn(`[Ledger] ${failed.length} holds of refused calls could not be freed and will expire`)
  }
  return {
    free(callIds: string[], afterMs: number) {
      const timer = setTimeout(() => {
        due.delete(timer)
        void freeNow(callIds)
      }, afterMs)
      due.set(timer, callIds)
    },
    async close() {
      for (const timer of due.keys()) clearTimeout(timer)
      await freeNow([...due.values()].flat())
    },
  }
}

/** Each replica looks for expired holds; they skip what another one has in hand. */
function startExpiring(database: Database, log: Log, everyMs: number): { stop(): Promise<void> } {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= expireAll(database, log).finally(() => {
      running = undefined
    })
  }, everyMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

async function expireAll(database: Database, log: Log): Promise<void> {
  try {
    let expired: number
    do {
      expired = await withTimeout(expireHolds(database, expireBatch), expireTimeoutMs)
      if (expired > 0) log.warn(`[Ledger] ${expired} calls were never settled and are charged as estimates (status orphaned)`)
    } while (expired === expireBatch)
  } catch (error) {
    if (!isConnectionError(error) && !(error instanceof NoAnswerError)) log.error('[Ledger] looking for expired holds failed', error)
  }
}

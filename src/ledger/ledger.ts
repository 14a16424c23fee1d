import { type Database, isConnectionError } from '../database/index.ts'
import { systemClock, type TimedClock } from '../shared/clock.ts'
import type { Log } from '../shared/log.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import type { CallRecord } from './call-record.ts'
import { type Disk, localDisk } from './disk.ts'
import { type Admission, GroupReserve, type ReserveRequest } from './group-reserve.ts'
import { databaseStore, type LedgerStore } from './ledger-store.ts'
import { RefusalAlerts } from './refusal-alerts.ts'
import { Settlement } from './settlement.ts'
import { Spool } from './spool.ts'
import { SpoolRoom } from './spool-room.ts'
import { toBounds, toJson, toRow } from './to-row.ts'
import { UnadmittedCalls } from './unadmitted-calls.ts'

const defaultSpoolBytes = 1024 * 1024 * 1024
/** A segment is deleted as a whole: with this many within the limit, one that is nearly booked holds up little. */
const segmentsWithinLimit = 16
const expireBatch = 500
/** How often a hold that could not be freed is tried again. */
const freeAgainMs = 2_000
const expireTimeoutMs = 30_000
/** Calls whose holds wait to be freed, without a disk in an outage: about 10 MB. */
const mostLost = 100_000
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
  clock?: TimedClock
}

/** What the ledger reaches outside itself. */
export interface LedgerWorld {
  store: LedgerStore
  clock: TimedClock
  disk: Disk
  /** Watches the room that the spool has. Left out: there always is enough. */
  openRoom?(spool: Spool): Promise<SpoolRoom>
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
  /** How long the oldest record that is not in the database has been on disk; 0 where there is none. */
  readonly spoolAgeMs: number
  /** Books what is left, for as long as the database answers. */
  close(): Promise<void>
}

export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { database, log, clock = systemClock, spoolDir: dir, spoolMaxBytes: maxBytes = defaultSpoolBytes } = options
  const world = { store: databaseStore(database), clock, disk: localDisk }
  const openRoom = (spool: Spool) => SpoolRoom.open({ spool, dir: dir ?? '', maxBytes, log })
  return await openLedgerIn({ ...world, openRoom }, options)
}

/** The same in another world than this machine's and PostgreSQL's: the simulator's. */
export async function openLedgerIn(world: LedgerWorld, options: Omit<LedgerOptions, 'database'>): Promise<Ledger> {
  const { store, clock, disk } = world
  const { replica, log, spoolDir, spoolMaxBytes = defaultSpoolBytes } = options
  const spool = spoolDir === undefined ? undefined : await Spool.open(spoolDir, replica, spoolMaxBytes / segmentsWithinLimit, disk)
  const room = spool && (await world.openRoom?.(spool))
  const settlement = new Settlement({ store, spool, clock, log, onBooked: () => groups.wake() })
  const unadmitted = new UnadmittedCalls(spool)
  const lost = freeLost(
    async (callId) => {
      // A call that went on is no lost one: its own record frees the hold that it may have after all, or the hold expires. A void record
      // that overtook that one (by way of another process, or past a disk that fails) would be taken for the truth about an orphan.
      if (!unadmitted.wentOn(callId)) await settlement.settle(voidOf(callId))
    },
    clock,
    log,
  )
  const refusals = new RefusalAlerts(store, log)
  const groups = new GroupReserve({ store, replica, clock, onLost: lost.free, onExceeded: (budget) => refusals.note(budget) })
  if (settlement.depth > 0) log.info(`[Ledger] booking ${settlement.depth} records that an earlier process left in the spool`)
  settlement.start()
  const expiry = startExpiring(store, clock, log, options.expireEveryMs)

  return {
    ensureRoom: (callsUnderWay) => room?.ensure(callsUnderWay),
    reserve: (request) => groups.reserve(request),
    async reserveMore({ callId, bounds, outputTokens, minOutputTokens }) {
      try {
        const asked = store.reserveMore(callId, JSON.stringify(toBounds(bounds)), outputTokens, minOutputTokens)
        return await withTimeout(asked, reserveMoreTimeoutMs, clock)
      } catch (error) {
        // Should it have been committed all the same, settling frees the whole hold, however large it is.
        log.warn(`[Ledger] no more could be reserved for call ${callId}, so no other target is tried: ${String(error)}`)
        return undefined
      }
    },
    async settle(record) {
      await settlement.settle(toJson(toRow(record)))
      if (unadmitted.isAny) await unadmitted.settled(record.callId)
    },
    goOn: (presumed) => unadmitted.goOn(presumed),
    async release(callId) {
      await unadmitted.released(callId, await settlement.settle(voidOf(callId)))
    },
    get depth() {
      return settlement.depth
    },
    get spoolBytes() {
      return spool?.bytes ?? 0
    },
    get spoolAgeMs() {
      return spool?.ageMs ?? 0
    },
    async close() {
      await groups.close()
      await lost.close()
      await expiry.stop()
      await refusals.close()
      await settlement.close()
      room?.close()
      await spool?.close()
    },
  }
}

function voidOf(callId: string): string {
  return toJson({ call_id: callId, void: true })
}

/**
 * Frees the holds of calls that were refused although they may have been admitted. Without a disk this needs the database, so it is tried
 * for as long as the process lives: also after the hold has expired, when it is late truth. What is left then expires.
 */
function freeLost(release: (callId: string) => Promise<void>, clock: TimedClock, log: Log) {
  const underWay = new Set<Promise<void>>()
  let held = 0
  let isClosing = false
  const wait = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
  const free = async (callIds: string[], afterMs: number) => {
    let left = callIds
    for (let waitMs = afterMs; left.length > 0; waitMs = freeAgainMs) {
      await wait(waitMs)
      const results = await Promise.allSettled(left.map(release))
      left = left.filter((_, index) => results[index]?.status === 'rejected')
      if (isClosing) break
    }
    if (left.length > 0) log.warn(`[Ledger] ${left.length} holds of refused calls could not be freed and will expire`)
  }
  return {
    free(callIds: string[], afterMs: number) {
      if (held + callIds.length > mostLost) {
        log.warn(`[Ledger] ${callIds.length} holds of refused calls are left to expire: too many wait for the database already`)
        return
      }
      held += callIds.length
      const freeing = free(callIds, afterMs).finally(() => {
        held -= callIds.length
        underWay.delete(freeing)
      })
      underWay.add(freeing)
    },
    /** Waits until each is due: freed any sooner, a hold that is committed after that would be charged. */
    async close() {
      isClosing = true
      await Promise.all(underWay)
    },
  }
}

/** Each replica looks for expired holds; they skip what another one has in hand. */
function startExpiring(store: LedgerStore, clock: TimedClock, log: Log, everyMs: number): { stop(): Promise<void> } {
  let running: Promise<void> | undefined
  const timer = clock.every(everyMs, () => {
    running ??= expireAll(store, clock, log).finally(() => {
      running = undefined
    })
  })
  return {
    async stop() {
      timer.cancel()
      await running
    },
  }
}

async function expireAll(store: LedgerStore, clock: TimedClock, log: Log): Promise<void> {
  try {
    let expired: number
    do {
      expired = await withTimeout(store.expire(expireBatch), expireTimeoutMs, clock)
      if (expired > 0) log.warn(`[Ledger] ${expired} calls were never settled and are charged as estimates (status orphaned)`)
    } while (expired === expireBatch)
  } catch (error) {
    if (!isConnectionError(error) && !(error instanceof NoAnswerError)) log.error('[Ledger] looking for expired holds failed', error)
  }
}

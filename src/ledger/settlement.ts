import { isConnectionError } from '../database/index.ts'
import type { TimedClock } from '../shared/clock.ts'
import { errorCode } from '../shared/error-code.ts'
import type { Log } from '../shared/log.ts'
import { onceMore } from '../shared/once-more.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { Spool, SpoolEntry } from './spool.ts'

/** Records in one transaction. */
const batchSize = 500
/** A batch takes some tens of milliseconds. One that was booked without our knowing is booked again, which changes nothing. */
const batchTimeoutMs = 10_000
const retryMs = { first: 100, most: 2_000 }
/** Who waits for a record to be booked hears of a deadlock only where that goes on. */
const mostAttempts = 10
/** What is in the way is over in some milliseconds; each attempt waits longer than the last. */
const againAfterMs = 5
/** lock_not_available: settling does not wait for who changes a budget and may be waiting for the batch. */
const budgetIsChanging = '55P03'
/**
 * Records that come within this time share a transaction: they are safe in the spool already, and only a call that waits for their holds
 * would have them booked sooner. Measured 25 beside 5 ms: a fifth less work for the database, and no longer way for anybody else.
 */
const gatherMs = 50

interface Direct {
  payload: string
  done: () => void
  failed: (error: unknown) => void
}

/**
 * Brings final records into the database, in batches, in the background. With a spool, a record counts as safe once it is on disk;
 * without one (a serverless function has no disk) only once it is booked.
 */
export class Settlement {
  readonly #store: LedgerStore
  readonly #spool: Spool | undefined
  readonly #clock: TimedClock
  readonly #log: Log
  readonly #onBooked: () => void
  #direct: Direct[] = []
  #running: Promise<void> | undefined
  #closing = false
  #wakeUp: (() => void) | undefined

  constructor(options: { store: LedgerStore; spool: Spool | undefined; clock: TimedClock; log: Log; onBooked: () => void }) {
    this.#store = options.store
    this.#spool = options.spool
    this.#clock = options.clock
    this.#log = options.log
    this.#onBooked = options.onBooked
  }

  /** Resolves once the record cannot be lost any more, with where it is in the spool. */
  async settle(payload: string): Promise<SpoolEntry | undefined> {
    if (this.#spool) {
      try {
        const entry = await this.#spool.append(payload)
        this.start()
        return entry
      } catch (error) {
        this.#log.error('[Ledger] the spool cannot be written; a record goes to the database at once', error)
        await this.#book([payload])
        this.#onBooked()
      }
      return undefined
    }
    await new Promise<void>((done, failed) => {
      this.#direct.push({ payload, done, failed })
      this.start()
    })
    return undefined
  }

  /** Books what is there, also what an earlier process left. */
  start(): void {
    // Nothing to book would end the loop before it is assigned, and leave it looking as if it ran for ever.
    if (this.depth > 0) this.#running ??= this.#loop()
  }

  get depth(): number {
    return this.#spool?.depth ?? this.#direct.length
  }

  /** Books what is left, as long as the database answers; what is not booked stays in the spool for the next start. */
  async close(): Promise<void> {
    this.#closing = true
    this.#wakeUp?.()
    this.start()
    await this.#running
  }

  async #loop(): Promise<void> {
    let pauseMs = retryMs.first
    while (this.depth > 0) {
      if (this.#spool && this.depth < batchSize && !this.#closing) await this.#pause(gatherMs)
      try {
        await (this.#spool ? this.#bookSpooled(this.#spool) : this.#bookDirect())
        pauseMs = retryMs.first
        this.#onBooked()
      } catch (error) {
        if (this.#closing) {
          this.#log.error(`[Ledger] ${this.depth} records stay in the spool until the next start`, error)
          break
        }
        if (pauseMs === retryMs.first) {
          const reason = error instanceof Error ? error.message : String(error)
          this.#log.warn(`[Ledger] the database cannot book at the moment (${reason}); ${this.depth} records wait in the spool`)
        }
        await this.#pause(pauseMs)
        pauseMs = Math.min(pauseMs * 2, retryMs.most)
      }
    }
    // In the same step as the look at what is left: a record that comes a moment later must find that nobody is running.
    this.#running = undefined
  }

  async #bookSpooled(spool: Spool): Promise<void> {
    const { entries, payloads } = await spool.peek(batchSize)
    await this.#book(payloads)
    await spool.booked(entries.length)
  }

  async #bookDirect(): Promise<void> {
    const batch = this.#direct.splice(0, batchSize)
    try {
      await this.#book(batch.map((entry) => entry.payload))
      for (const entry of batch) entry.done()
    } catch (error) {
      for (const entry of batch) entry.failed(error)
    }
  }

  /** Throws only what may pass by itself. A record that the database refuses for good is found by halving and kept as a dead letter. */
  async #book(payloads: string[]): Promise<void> {
    try {
      await this.#settleWithRetry(`[${payloads.join(',')}]`)
    } catch (error) {
      if (isPassing(error)) throw error
      const [only] = payloads
      if (payloads.length > 1) {
        const middle = payloads.length >> 1
        await this.#book(payloads.slice(0, middle))
        await this.#book(payloads.slice(middle))
      } else if (only !== undefined) {
        await this.#keepDeadLetter(only, error)
      }
    }
  }

  async #settleWithRetry(records: string): Promise<void> {
    await onceMore(mostAttempts, () => this.#inTime(this.#store.settle(records)), {
      passing: budgetIsChanging,
      pause: (attempt) => new Promise((resolve) => this.#clock.after(attempt * againAfterMs, resolve)),
    })
  }

  async #keepDeadLetter(payload: string, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error)
    this.#log.error(`[Ledger] a record could not be booked and is kept in usage_dead_letters: ${reason}`)
    try {
      await this.#inTime(this.#store.keepDeadLetter(payload, reason))
    } catch (failure) {
      if (isPassing(failure)) throw failure
      // Not even JSON: kept as text, because nothing that reached a provider may vanish.
      await this.#inTime(this.#store.keepDeadLetter(JSON.stringify({ unreadable: payload }), reason))
    }
  }

  /** A statement without an answer must not stand in the way of all records for as long as its connection seems alive. */
  #inTime<T>(statement: Promise<T>): Promise<T> {
    return withTimeout(statement, batchTimeoutMs, this.#clock)
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(ms, resolve)
      this.#wakeUp = () => {
        timer.cancel()
        resolve()
      }
    })
  }
}

/** Lost connections, and what concurrency causes: serialization failures, deadlocks, cancelled statements, a server out of room. */
function isPassing(error: unknown): boolean {
  if (isConnectionError(error) || error instanceof NoAnswerError) return true
  const code = errorCode(error)
  return /^(40|53|55|57|58)/.test(code) || code === '25006'
}

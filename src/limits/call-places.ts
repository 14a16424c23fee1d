import { type Database, isConnectionError } from '../database/index.ts'
import { LedgerUnavailableError, RateLimitedError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import { type LimitScope, sharedId, whose } from './limit-scope.ts'
import { type ReachedCap, takePlaces } from './sql/take-places.ts'

/** A little more than the statement itself waits for a lock. */
const answerWithinMs = 1_400
/** A statement without an answer may still be committed this long after; only then is freeing its places sure to find them. */
const freeAgainMs = 3_000
/** Calls in one statement, so that no lock is held for long. */
const groupSize = 50

/** How many calls may be under way at once in one scope. */
export interface ScopeCap {
  scope: LimitScope
  /** The key's or client's id; all calls have the shared scope in common. */
  id: string | undefined
  most: number
}

/** Remembered in an outage, in which every refused call might add one. */
const mostUncertain = 10_000

interface Arrival {
  callId: string
  caps: readonly ScopeCap[]
  ttlMs: number
  taken: () => void
  refused: (error: Error) => void
}

interface Departure {
  callId: string
  /** Whoever waits for the place to be free goes on. */
  told: () => void
}

/**
 * Caps on calls under way, over all replicas: a row of `call_places` for each cap of a call, counted under the cap's lock. Calls that come
 * and go while a statement is under way share the next one, so that a crowd takes one connection. Calls without a cap never come here.
 */
export class CallPlaces {
  readonly #database: Database
  readonly #log: Log
  #arrivals: Arrival[] = []
  #departures: Departure[] = []
  /** May still have places, because the statement that was to free them, or gave them, had no answer. */
  readonly #uncertain = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(options: { database: Database; log: Log }) {
    this.#database = options.database
    this.#log = options.log
  }

  /** Calls that may still have places, 10,000 at most. */
  get uncertain(): number {
    return this.#uncertain.size
  }

  /**
   * Gives the call a place in all of these caps, or in none. Rejects at once with RateLimitedError `concurrency_limited` (429) that says
   * how many are under way, or with LedgerUnavailableError where the database cannot count them. `ttlMs`: the longest that the call can take.
   */
  take(callId: string, caps: readonly ScopeCap[], ttlMs: number): Promise<void> {
    return new Promise((taken, refused) => {
      this.#arrivals.push({ callId, caps, ttlMs, taken, refused })
      this.#run()
    })
  }

  /** The call is over. Resolves once its places are free; never rejects, and where the database is away tries again in the background. */
  free(callId: string): Promise<void> {
    return new Promise((told) => {
      this.#departures.push({ callId, told })
      this.#run()
    })
  }

  /** Frees what is left, if the database answers. */
  async close(): Promise<void> {
    await this.#running
    this.#freeAgain()
    await this.#running
    clearTimeout(this.#timer)
  }

  #run(): void {
    this.#running ??= this.#loop()
  }

  async #loop(): Promise<void> {
    // What comes in the same turn shares a statement.
    await Promise.resolve()
    while (this.#arrivals.length > 0 || this.#departures.length > 0) {
      await this.#ask(this.#arrivals.splice(0, groupSize), this.#departures.splice(0))
    }
    // In the same step as the look at what is left: who comes a moment later must find that nobody is running.
    this.#running = undefined
  }

  async #ask(arrivals: readonly Arrival[], departures: readonly Departure[]): Promise<void> {
    const wishes = arrivals.map(({ callId, caps, ttlMs }) => ({
      call_id: callId,
      ttl_ms: ttlMs,
      caps: caps.map(({ scope, id = sharedId, most }) => ({ scope, id, most })),
    }))
    const over = departures.map(({ callId }) => callId)
    try {
      const reached = await withTimeout(takePlaces(this.#database, wishes, over), answerWithinMs)
      for (const [index, { taken, refused }] of arrivals.entries()) {
        const cap = reached[index]
        if (cap) refused(refusal(cap))
        else taken()
      }
    } catch (error) {
      if (!isConnectionError(error) && !(error instanceof NoAnswerError))
        this.#log.error('[Limits] calls under way could not be counted', error)
      // Who came meanwhile has waited too.
      for (const { refused } of [...arrivals, ...this.#arrivals.splice(0)]) refused(unavailable(error))
      // Those that certainly have places come first. What there is no room for ends with its time to live.
      for (const { callId } of [...departures, ...arrivals]) if (this.#uncertain.size < mostUncertain) this.#uncertain.add(callId)
      this.#timer ??= setTimeout(() => this.#freeAgain(), freeAgainMs).unref()
    }
    for (const { told } of departures) told()
  }

  #freeAgain(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const callId of this.#uncertain) this.#departures.push({ callId, told: () => {} })
    this.#uncertain.clear()
    this.#run()
  }
}

function refusal(reached: ReachedCap): RateLimitedError {
  const { scope, running, limit } = reached
  return new RateLimitedError(
    'concurrency_limited',
    `The limit for ${whose[scope]} is ${limit} at once, and ${running} ${running === 1 ? 'call is' : 'calls are'} under way: try again when one is over.`,
    { details: { concurrency: reached }, retryAfterMs: 1_000 },
  )
}

function unavailable(cause: unknown): LedgerUnavailableError {
  return new LedgerUnavailableError('The database cannot be reached, so the calls under way could not be counted. Try again shortly.', {
    retryAfterMs: 1_000,
    cause,
  })
}

import { type Database, isConnectionError } from '../database/index.ts'
import type { Clock } from '../shared/clock.ts'
import { RateLimitedError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import type { Outage } from '../shared/remembered.ts'
import { NoAnswerError, withTimeout } from '../shared/with-timeout.ts'
import { CallPlaces } from './call-places.ts'
import { CreditWindow, type Refusal, type TakenCredit } from './credit-window.ts'
import { type LimitScope, sharedId, whose } from './limit-scope.ts'
import { forgetWindows } from './sql/forget-windows.ts'
import { type CreditWish, takeCredits } from './sql/take-credits.ts'

const forgetEveryMs = 60_000
/** Windows in memory at most. One that makes room loses its credits, at most 1 % of its limit. */
const mostWindows = 20_000

export type LimitUnit = CreditWish['unit']

/** Limits of one scope that a call counts against. Undefined: none. */
export interface ScopeLimits {
  scope: LimitScope
  /** The key's or client's id; all calls have the shared scope in common. */
  id: string | undefined
  requestsPerMinute: number | undefined
  tokensPerMinute: number | undefined
}

/** The tightest limit of a unit, as the caller may see it. */
export interface LimitState {
  unit: LimitUnit
  limit: number
  left: number
  resetMs: number
}

/** In a refusal's `details.limit`. */
export interface ReachedLimit {
  scope: LimitScope
  unit: LimitUnit
  per_minute: number
  remaining: number
  reset_ms: number
}

/** A call that is within its limits. */
export interface WithinLimits {
  state: LimitState[]
  /** The call took so many tokens in the end. */
  settle(tokens: number): void
  /** The call never came to pass. */
  giveBack(): void
}

interface Asked {
  window: CreditWindow
  credit: TakenCredit | Promise<TakenCredit | Refusal>
}

interface Taken {
  window: CreditWindow
  credit: TakenCredit
}

/**
 * Requests and tokens a minute, and calls at once (`places`), over all replicas. Of a minute's each process takes credits from the
 * database in advance, as many as its traffic of half a second needs and never more than 1 % of a limit, so that most calls wait for
 * nothing. See README.md.
 */
export class Limiter {
  /** Of calls that a cap on calls at once holds for. */
  readonly places: CallPlaces
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  readonly #outage: Outage
  readonly #windows = new Map<string, CreditWindow>()
  readonly #due = new Set<CreditWindow>()
  readonly #timer: NodeJS.Timeout
  #running: Promise<void> | undefined
  readonly #waitMs: number

  /**
   * Whoever waits longer than `waitMs` for the database is counted by this process alone: the ledger still has to tell such a call that it is
   * away.
   */
  constructor(options: { database: Database; waitMs: number; clock: Clock; log: Log; outage: Outage }) {
    this.#database = options.database
    this.#waitMs = options.waitMs
    this.#clock = options.clock
    this.#log = options.log
    this.#outage = options.outage
    this.places = new CallPlaces(options)
    this.#timer = setInterval(() => this.#forget(), forgetEveryMs)
    this.#timer.unref()
  }

  /** Limits that it keeps credits of. */
  get size(): number {
    return this.#windows.size
  }

  /**
   * Counts a call of about `tokens` against all of these limits, or against none. Rejects with RateLimitedError `rate_limited` (429)
   * that says which limit and when to come again.
   */
  async admit(scopes: readonly ScopeLimits[], tokens: number): Promise<WithinLimits> {
    // All at once, so that those that must be asked for share a statement.
    const asked: Asked[] = []
    for (const limits of scopes) {
      const { requestsPerMinute, tokensPerMinute } = limits
      if (requestsPerMinute !== undefined) asked.push(this.#ask(this.#window(limits, 'requests', requestsPerMinute), 1))
      if (tokensPerMinute !== undefined) asked.push(this.#ask(this.#window(limits, 'tokens', tokensPerMinute), tokens))
    }
    const taken: Taken[] = []
    let refused: { window: CreditWindow; refusal: Refusal } | undefined
    for (const { window, credit } of asked) {
      const answer = credit instanceof Promise ? await credit : credit
      if ('retryAfterMs' in answer) refused ??= { window, refusal: answer }
      else taken.push({ window, credit: answer })
    }
    if (refused) {
      for (const { window, credit } of taken) window.giveBack(credit, credit.amount)
      throw refusal(refused.window, refused.refusal.retryAfterMs, tokens, this.#clock.nowMs())
    }
    return this.#within(taken)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#running
    await this.places.close()
  }

  #within(taken: readonly Taken[]): WithinLimits {
    const nowMs = this.#clock.nowMs()
    return {
      state: tightest(taken.map(({ window }) => stateOf(window, nowMs))),
      settle(tokens) {
        for (const { window, credit } of taken) {
          if (window.name.unit !== 'tokens') continue
          if (tokens > credit.amount) window.owe(tokens - credit.amount)
          else window.giveBack(credit, credit.amount - tokens)
        }
      },
      giveBack() {
        for (const { window, credit } of taken) window.giveBack(credit, credit.amount)
      },
    }
  }

  #window({ scope, id = sharedId }: ScopeLimits, unit: LimitUnit, limit: number): CreditWindow {
    const name = `${scope} ${unit} ${id}`
    let window = this.#windows.get(name)
    if (!window) {
      window = new CreditWindow({ scope, id, unit }, limit)
      this.#windows.set(name, window)
      const [oldest] = this.#windows.size > mostWindows ? this.#windows.keys() : []
      if (oldest !== undefined) this.#windows.delete(oldest)
    }
    window.limit = limit
    return window
  }

  #ask(window: CreditWindow, amount: number): Asked {
    const nowMs = this.#clock.nowMs()
    const credit = window.takeNow(amount, nowMs) ?? window.wait(amount)
    if (window.isDue(nowMs)) {
      this.#due.add(window)
      this.#running ??= this.#loop()
    }
    return { window, credit }
  }

  /** One statement at a time, for all windows that are due by then. */
  async #loop(): Promise<void> {
    // What is asked for in the same turn shares a statement.
    await Promise.resolve()
    while (this.#due.size > 0) {
      const windows = [...this.#due]
      this.#due.clear()
      await this.#takeCredits(windows)
      for (const window of windows) if (window.isDue(this.#clock.nowMs())) this.#due.add(window)
    }
    this.#running = undefined
  }

  async #takeCredits(windows: readonly CreditWindow[]): Promise<void> {
    const wishes = windows.map((window) => window.ask(this.#clock.nowMs()))
    try {
      const grants = this.#outage.isKnown ? [] : await withTimeout(takeCredits(this.#database, wishes), this.#waitMs)
      for (const [index, window] of windows.entries()) {
        const [grant, nowMs] = [grants[index], this.#clock.nowMs()]
        if (grant) window.granted(grant, nowMs)
        else window.failed(wishes[index] as CreditWish, nowMs)
      }
    } catch (error) {
      if (isConnectionError(error) || error instanceof NoAnswerError) this.#outage.note()
      else this.#log.error('[Limits] taking credits failed; this process holds to the limits by itself', error)
      for (const [index, window] of windows.entries()) window.failed(wishes[index] as CreditWish, this.#clock.nowMs())
    }
  }

  #forget(): void {
    forgetWindows(this.#database).catch((error) => {
      if (!isConnectionError(error)) this.#log.error('[Limits] old windows could not be deleted', error)
    })
  }
}

function stateOf(window: CreditWindow, nowMs: number): LimitState {
  return { unit: window.name.unit, limit: window.limit, left: window.left, resetMs: window.resetMs(nowMs) }
}

/** Of each unit the limit of which least is left. */
function tightest(states: readonly LimitState[]): LimitState[] {
  const least: LimitState[] = []
  for (const state of states) {
    const at = least.findIndex(({ unit }) => unit === state.unit)
    const known = least[at]
    if (known === undefined) least.push(state)
    else if (state.left < known.left) least[at] = state
  }
  return least
}

function refusal(window: CreditWindow, retryAfterMs: number | undefined, tokens: number, nowMs: number): RateLimitedError {
  const { scope, unit } = window.name
  const limit: ReachedLimit = { scope, unit, per_minute: window.limit, remaining: window.left, reset_ms: window.resetMs(nowMs) }
  const details = { limit }
  if (retryAfterMs === undefined) {
    return new RateLimitedError(
      'rate_limited',
      `The call alone counts ${tokens} tokens, and the limit for ${whose[scope]} is ${window.limit} a minute: ask for fewer output tokens.`,
      { details },
    )
  }
  return new RateLimitedError('rate_limited', `The limit for ${whose[scope]} is ${window.limit} ${unit} a minute, and it is reached.`, {
    details,
    retryAfterMs,
  })
}

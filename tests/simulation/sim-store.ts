import type { LedgerStore } from '../../src/ledger/ledger-store.ts'
import type { Books } from './books.ts'
import { reserve, reserveMore } from './model/reserve.ts'
import { alertRefusal, expire, keepDeadLetter, settle } from './model/settle.ts'
import { SqlError } from './model/state.ts'
import type { Owner, World } from './world.ts'

/** A statement waits for a lock for so long at the most. */
const longestLockMs = 1_300
/** Then the driver gives a silent connection up. */
const lostAnswerMs = 15_000

/** The network to the one database, and what can become of a statement on it. */
export class SimDatabase {
  readonly #world: World
  readonly #books: Books
  readonly #broken = new Set<() => void>()
  #awayUntilMs = 0
  /** Statements that will have their effect yet. */
  underWay = 0

  constructor(world: World, books: Books) {
    this.#world = world
    this.#books = books
  }

  get isAway(): boolean {
    return this.#world.nowMs < this.#awayUntilMs
  }

  /** For a while nobody is there; what is under way is broken off, before its commit or after it. */
  goAway(forMs: number): void {
    this.#awayUntilMs = this.#world.nowMs + forMs
    for (const breakOff of [...this.#broken]) breakOff()
  }

  comeBack(): void {
    this.#awayUntilMs = 0
  }

  /** As a process reaches it. */
  of(owner: Owner): LedgerStore {
    const { state } = this.#books
    const at = () => this.#world.nowMs
    return {
      reserve: (calls, replica) =>
        this.#send(owner, 'reserve', () => this.#books.reserved(calls, () => reserve(state, calls, replica, at()))),
      reserveMore: (callId, bounds, output, least) =>
        this.#send(owner, 'reserve more', () => this.#books.moved(() => reserveMore(state, { callId, bounds, output, least }, at()))),
      settle: (records) => this.#send(owner, 'settle', () => this.#books.moved(() => settle(state, records, at()))),
      expire: (most) => this.#send(owner, 'expire', () => this.#books.moved(() => expire(state, most, at()))),
      keepDeadLetter: (record, reason) =>
        this.#send(owner, 'dead letter', () => {
          const { call_id: callId } = JSON.parse(record) as { call_id?: string }
          this.#books.moved(() => keepDeadLetter(state, callId, reason))
        }),
      alertRefusal: (budgetId, periodEnd) =>
        this.#send(owner, 'alert refusal', () => this.#books.moved(() => alertRefusal(state, budgetId, periodEnd, at()))),
    }
  }

  #send<T>(owner: Owner, what: string, effect: () => T): Promise<T> {
    const world = this.#world
    return new Promise<T>((resolve, reject) => {
      const fails = (error: Error, delayMs = world.latency()) =>
        world.schedule(owner, delayMs, `${owner.name} ${what} fails: ${error.message}`, () => reject(error))
      if (this.isAway) {
        fails(connectionError('ECONNREFUSED'))
        return
      }
      if (world.strikes('statement_silent')) {
        fails(new Error('Query read timeout'), lostAnswerMs)
        return
      }
      if (world.strikes('statement_lost')) {
        fails(connectionError('ECONNRESET'))
        return
      }
      if (world.strikes('serialization')) {
        fails(new SqlError(world.pick(['40001', '40P01']), 'could not serialize access'))
        return
      }
      if (world.strikes('lock_timeout')) {
        fails(new SqlError('55P03', 'canceling statement due to lock timeout'), longestLockMs)
        return
      }
      const isLate = world.strikes('commits_late')
      if (isLate) fails(connectionError('ECONNRESET'))
      const delayMs = isLate || world.strikes('slow_lock') ? world.upTo(longestLockMs) : world.latency()
      const isBroken = world.strikes('reply_lost')
      const isSilent = world.strikes('reply_silent')
      this.#execute(owner, what, delayMs, effect, (result) => {
        if (isLate) return
        if (isSilent) fails(new Error('Query read timeout'), lostAnswerMs)
        else if (isBroken) fails(connectionError('ECONNRESET'))
        else if (result.error) fails(result.error)
        else world.schedule(owner, world.latency(), `${owner.name} ${what} answered`, () => resolve(result.value))
      })
    })
  }

  #execute<T>(owner: Owner, what: string, delayMs: number, effect: () => T, reply: (result: Result<T>) => void): void {
    const world = this.#world
    this.underWay += 1
    const finish = () => {
      this.#broken.delete(breakOff)
      this.underWay -= 1
    }
    const commit = world.schedule(undefined, delayMs, `${owner.name} ${what} commits`, () => {
      finish()
      reply(attempt(effect))
    })
    const breakOff = () => {
      finish()
      world.cancel(commit)
      if (world.chance(0.5)) attempt(effect)
      reply({ error: connectionError('ECONNRESET') })
    }
    this.#broken.add(breakOff)
  }
}

type Result<T> = { value: T; error?: undefined } | { error: Error }

/** What the database refuses is an answer; anything else is a broken invariant and ends the run. */
function attempt<T>(effect: () => T): Result<T> {
  try {
    return { value: effect() }
  } catch (error) {
    if (error instanceof SqlError) return { error }
    throw error
  }
}

function connectionError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code })
}

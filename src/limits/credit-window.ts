import type { CreditGrant, CreditWish } from './sql/take-credits.ts'

/** Credits are taken in advance for at most this share of the limit, so that what lies idle in many replicas stays below 5 %. */
const mostAhead = 0.01
/** For how long the traffic of the last seconds is provided for. */
const aheadMs = 500
/** Credits older than this are given back: what is used now must count as used now. */
const keepMs = 5_000
const minuteMs = 60_000

/** A credit that was used, as far as it must be known to be given back. */
export interface TakenCredit {
  amount: number
  second: number
}

interface Waiting {
  amount: number
  resolve: (taken: TakenCredit | Refusal) => void
}

export interface Refusal {
  /** Undefined: the call alone is more than the limit. */
  retryAfterMs: number | undefined
}

/**
 * This process's part in one limit: credits that it has taken from the database and not used yet, and calls that wait for more. Most
 * calls find a credit here and wait for nothing.
 */
export class CreditWindow {
  readonly name: Pick<CreditWish, 'scope' | 'id' | 'unit'>
  limit: number
  #credits = 0
  #second = 0
  #takenAtMs = 0
  #debt = 0
  #returned: { second: number; amount: number }[] = []
  #waiting: Waiting[] = []
  #asked: Waiting[] = []
  #isAsking = false
  /** Use since the last time credits were taken, for the guess of what comes. */
  #usedSince = 0
  #left: number
  #resetAtMs = 0
  #alone: { sinceMs: number; used: number } | undefined

  constructor(name: Pick<CreditWish, 'scope' | 'id' | 'unit'>, limit: number) {
    this.name = name
    this.limit = limit
    this.#left = limit
  }

  /** What can still be used now, as far as this process knows. */
  get left(): number {
    return Math.max(0, Math.min(this.limit, this.#left + this.#credits))
  }

  /** When nothing more comes, the limit is whole again after this long. */
  resetMs(nowMs: number): number {
    return Math.max(0, this.#resetAtMs - nowMs)
  }

  /** Uses a credit that is here, if it is. */
  takeNow(amount: number, nowMs: number): TakenCredit | undefined {
    if (this.#waiting.length > 0 || this.#asked.length > 0) return undefined
    this.#dropOld(nowMs)
    if (this.#credits < amount) return undefined
    return this.#use(amount)
  }

  /** Waits for the next answer of the database. */
  wait(amount: number): Promise<TakenCredit | Refusal> {
    return new Promise((resolve) => {
      this.#waiting.push({ amount, resolve })
    })
  }

  /** The call did not come to pass, or took less than was thought. */
  giveBack({ second }: TakenCredit, amount: number): void {
    if (amount <= 0) return
    if (second === this.#second) this.#credits += amount
    else this.#returned.push({ second, amount })
  }

  /** The call took more than was thought. */
  owe(amount: number): void {
    // Whoever waits for the database's answer counts on the credits that are here.
    const here = this.#asked.length > 0 ? 0 : Math.min(this.#credits, amount)
    this.#credits -= here
    this.#debt += amount - here
  }

  /** Is there anything to ask the database for? */
  isDue(nowMs: number): boolean {
    if (this.#isAsking) return false
    if (this.#waiting.length > 0) return true
    return this.#usedSince > 0 && this.#credits < this.#ahead(nowMs) / 2
  }

  /** What to ask the database for now; `granted` or `failed` must follow. */
  ask(nowMs: number): CreditWish {
    this.#dropOld(nowMs)
    this.#isAsking = true
    this.#asked = this.#waiting
    this.#waiting = []
    const needed = this.#asked.reduce((sum, { amount }) => sum + amount, 0)
    const wish: CreditWish = {
      ...this.name,
      limit: this.limit,
      want: Math.max(0, needed + this.#ahead(nowMs) - this.#credits),
      least: Math.max(0, (this.#asked[0]?.amount ?? 0) - this.#credits),
      debt: this.#debt,
      returned: this.#returned,
    }
    this.#debt = 0
    this.#returned = []
    this.#usedSince = 0
    return wish
  }

  granted(grant: CreditGrant, nowMs: number): void {
    this.#isAsking = false
    this.#alone = undefined
    // What is left of older credits counts with the new ones: all of it is used or given back within `keepMs`.
    this.#credits += grant.granted
    this.#second = grant.second
    this.#takenAtMs = nowMs
    this.#left = grant.left
    this.#resetAtMs = nowMs + grant.reset_ms
    const retryAfterMs = grant.free_in_ms ?? undefined
    let isFull = false
    for (const { amount, resolve } of this.#asked) {
      // In the order of arrival: a smaller call does not overtake.
      isFull ||= this.#credits < amount
      resolve(isFull ? { retryAfterMs: amount > this.limit ? undefined : (retryAfterMs ?? minuteMs) } : this.#use(amount))
    }
    this.#asked = []
  }

  /** The database does not answer: a limit is no reason to refuse then, so each process holds to it by itself. */
  failed(wish: CreditWish, nowMs: number): void {
    this.#isAsking = false
    this.#debt += wish.debt
    if (!this.#alone || nowMs - this.#alone.sinceMs >= minuteMs) this.#alone = { sinceMs: nowMs, used: 0 }
    for (const { amount, resolve } of this.#asked) {
      const fits = this.#alone.used + amount <= this.limit
      if (fits) this.#alone.used += amount
      resolve(fits ? { amount, second: 0 } : { retryAfterMs: this.#alone.sinceMs + minuteMs - nowMs })
    }
    this.#asked = []
  }

  #use(amount: number): TakenCredit {
    this.#credits -= amount
    this.#usedSince += amount
    return { amount, second: this.#second }
  }

  /** Credits to have in hand: small limits are counted one by one. */
  #ahead(nowMs: number): number {
    const sinceMs = Math.max(1, nowMs - this.#takenAtMs)
    return Math.floor(Math.min(this.limit * mostAhead, (this.#usedSince * aheadMs) / Math.max(aheadMs / 5, sinceMs)))
  }

  #dropOld(nowMs: number): void {
    if (this.#credits === 0 || nowMs - this.#takenAtMs < keepMs) return
    this.#returned.push({ second: this.#second, amount: this.#credits })
    this.#credits = 0
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import type { GatewayError } from '../shared/errors.ts'

/** An answer as it went to the first caller, to be given to whoever repeats the call. */
export interface KeptAnswer {
  status: number
  headers: Record<string, string>
  body: Buffer
  /** The first caller's connection was cut behind the body, to say that the answer is not whole. */
  isCut: boolean
}

/** How a call under way ended for those who joined it. `again`: nothing was decided, somebody else may try. */
export type FlightEnd<A> = { answer: A } | { error: GatewayError } | 'again'

/** The first of several same requests in this process. Those that come meanwhile wait for its end without asking the database. */
export class Flight<A> {
  readonly #ended: Promise<FlightEnd<A>>
  readonly #resolve: (end: FlightEnd<A>) => void
  readonly #remove: (flight: Flight<A>) => void

  constructor(remove: (flight: Flight<A>) => void) {
    const { promise, resolve } = Promise.withResolvers<FlightEnd<A>>()
    this.#ended = promise
    this.#resolve = resolve
    this.#remove = remove
  }

  /** How it ended; `late` when it did not within `patienceMs`. Rejects with `gone.reason` for who leaves before that. */
  async join(gone: AbortSignal, patienceMs: number): Promise<FlightEnd<A> | 'late'> {
    gone.throwIfAborted()
    const stop = new AbortController()
    const leave = () => stop.abort()
    gone.addEventListener('abort', leave, { once: true })
    const late = delay(Math.max(0, patienceMs), 'late' as const, { signal: stop.signal, ref: false })
    try {
      return await Promise.race([this.#ended, late])
    } catch (error) {
      gone.throwIfAborted()
      throw error
    } finally {
      gone.removeEventListener('abort', leave)
      late.catch(() => {})
      stop.abort()
    }
  }

  /** Those who wait go on, and whoever comes later hears the same until `land`. */
  tell(end: FlightEnd<A>): void {
    this.#resolve(end)
  }

  /** Whoever comes later begins with the database. */
  land(end: FlightEnd<A>): void {
    this.#remove(this)
    this.#resolve(end)
  }
}

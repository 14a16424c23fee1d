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
export type FlightEnd = { answer: KeptAnswer } | { error: GatewayError } | 'again'

/** The first request of a key in this process. Those that come meanwhile wait for its end without asking the database. */
export class Flight {
  readonly ended: Promise<FlightEnd>
  readonly #resolve: (end: FlightEnd) => void
  readonly #remove: (flight: Flight) => void

  constructor(remove: (flight: Flight) => void) {
    const { promise, resolve } = Promise.withResolvers<FlightEnd>()
    this.ended = promise
    this.#resolve = resolve
    this.#remove = remove
  }

  /** Those who wait go on, and whoever comes later hears the same until `land`. */
  tell(end: FlightEnd): void {
    this.#resolve(end)
  }

  /** Whoever comes later begins with the database. */
  land(end: FlightEnd): void {
    this.#remove(this)
    this.#resolve(end)
  }
}

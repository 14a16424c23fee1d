import type { TimedClock } from '../shared/clock.ts'

/** What an attempt knows of those that run beside it. */
export interface Lane {
  /** Aborts when another one began to answer first; undefined where none can. */
  readonly signal: AbortSignal | undefined
  /** False when another one has begun: then nothing of this one may go to the caller. */
  begin(): boolean
  readonly wasOvertaken: boolean
}

/** An attempt that nothing runs beside. */
export const onlyLane: Lane = { signal: undefined, begin: () => true, wasOvertaken: false }

export interface Hedge<T> {
  clock: TimedClock
  afterMs: number
  /** Is there money for both? Asked once, when the time is up. */
  hold(): Promise<boolean>
  start(lane: Lane): Promise<T>
}

/**
 * Makes an attempt, and a second one when the first has not said a word in time. Whichever begins first, or ends well without a word, is
 * the answer, and the other is let go. Resolves when both have ended: with the one that answered last, else in the order of their ends.
 */
export async function runHedged<T extends { outcome: { finished: boolean } }>(start: Hedge<T>['start'], hedge: Hedge<T>): Promise<T[]> {
  const race = new Race<T>()
  const first = race.start(start)
  if (!(await race.isSilentAfter(hedge.clock, hedge.afterMs)) || !(await hedge.hold()) || race.isDecided) await first
  else await Promise.all([first, race.start(hedge.start)])
  return race.results()
}

class RacingLane implements Lane {
  readonly #controller = new AbortController()
  readonly #claim: (lane: RacingLane) => boolean
  wasOvertaken = false

  constructor(claim: (lane: RacingLane) => boolean) {
    this.#claim = claim
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  begin(): boolean {
    return this.#claim(this)
  }

  overtake(): void {
    this.wasOvertaken = true
    this.#controller.abort()
  }
}

class Race<T extends { outcome: { finished: boolean } }> {
  readonly #running = new Set<RacingLane>()
  readonly #ended: { lane: RacingLane; result: T }[] = []
  readonly #decided = Promise.withResolvers<false>()
  #winner: RacingLane | undefined

  /** The first one has begun or ended. */
  get isDecided(): boolean {
    return this.#winner !== undefined || this.#ended.length > 0
  }

  async start(run: (lane: Lane) => Promise<T>): Promise<void> {
    const lane = new RacingLane((claimant) => this.#claim(claimant))
    this.#running.add(lane)
    try {
      const result = await run(lane)
      if (result.outcome.finished) this.#claim(lane)
      this.#ended.push({ lane, result })
    } finally {
      this.#running.delete(lane)
      this.#decided.resolve(false)
    }
  }

  #claim(lane: RacingLane): boolean {
    this.#winner ??= lane
    if (this.#winner !== lane) return false
    for (const other of this.#running) if (other !== lane) other.overtake()
    this.#decided.resolve(false)
    return true
  }

  async isSilentAfter(clock: TimedClock, ms: number): Promise<boolean> {
    const time = Promise.withResolvers<true>()
    const timer = clock.after(ms, () => time.resolve(true))
    try {
      return await Promise.race([time.promise, this.#decided.promise])
    } finally {
      timer.cancel()
    }
  }

  results(): T[] {
    const isWinner = ({ lane }: { lane: RacingLane }) => lane === this.#winner
    return [...this.#ended.filter((ended) => !isWinner(ended)), ...this.#ended.filter(isWinner)].map(({ result }) => result)
  }
}

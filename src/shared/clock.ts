/** Time as the process sees it. Periods and expiry are never decided by it: those belong to the database's clock. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number
}

/** A clock that also wakes. Everything that waits in the ledger and in the pipeline waits by it, so that the simulator can be the time. */
export interface TimedClock extends Clock {
  /** Runs it once, after so long; after 0, once what has arrived by now has been read. */
  after(ms: number, run: () => void): Timer
  /** Runs it again and again, and keeps no process alive for that. */
  every(ms: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

export const systemClock: TimedClock = {
  nowMs: () => Date.now(),
  after(ms, run) {
    if (ms === 0) {
      const immediate = setImmediate(run)
      return { cancel: () => clearImmediate(immediate) }
    }
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
  every(ms, run) {
    const timer = setInterval(run, ms)
    timer.unref()
    return { cancel: () => clearInterval(timer) }
  },
}

/** Time as the process sees it. Periods and expiry are never decided by it: those belong to the database's clock. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number
}

export const systemClock: Clock = { nowMs: () => Date.now() }

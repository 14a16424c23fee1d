import type { AttemptOutcome } from '../providers/index.ts'
import type { ErrorCode } from '../shared/errors.ts'

const firstDelayMs = 500
const longestDelayMs = 4_000
/** A provider that asks for more patience than this has its wish passed on to the caller. */
const longestRetryAfterMs = 3_000
/** Calls that earn one retry: retries are at most a fifth of all calls since the process began. */
const callsPerRetry = 5
/** Retries that a calm time can save up for a storm. */
const mostSaved = 20

/** Refusals that were never worked on. A timeout is not one: who took so long is not asked again, and may bill. */
const notBilled: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['upstream_overloaded', 'upstream_rate_limited', 'upstream_unreachable'])

/** When a call's last target may be asked once more, and how many such retries this process can afford: a storm is not to be amplified. */
export class Retries {
  readonly #most: number
  readonly #random: () => number
  #saved = 0

  /** `most`: retries of one call. `random`: 0 to 1, for tests. */
  constructor({ most, random = Math.random }: { most: number; random?: () => number }) {
    this.#most = most
    this.#random = random
  }

  /** Every call that reaches its attempts earns a part of a retry. */
  earn(): void {
    this.#saved = Math.min(this.#saved + 1, mostSaved * callsPerRetry)
  }

  /**
   * How long to wait before the same target is asked again, which takes a retry from the process's savings; undefined when it must not be.
   * `leftMs` is what is left of the call's time.
   */
  take(outcome: Pick<AttemptOutcome<unknown>, 'error' | 'httpStatus' | 'reached'>, made: number, leftMs: number): number | undefined {
    const { error, httpStatus, reached } = outcome
    if (!error || !notBilled.has(error.code) || made >= this.#most) return undefined
    // An error within an answer that had begun with 200 comes after work that may be billed.
    if (reached && (httpStatus ?? 0) < 400) return undefined
    const { retryAfterMs = 0 } = error
    if (retryAfterMs > longestRetryAfterMs) return undefined
    const delayMs = retryAfterMs + this.#random() * Math.min(firstDelayMs * 2 ** made, longestDelayMs)
    if (delayMs >= leftMs || this.#saved < callsPerRetry) return undefined
    this.#saved -= callsPerRetry
    return delayMs
  }
}

import { LedgerUnavailableError } from './errors.ts'
import { NoAnswerError, withTimeout } from './with-timeout.ts'

/** A look that takes longer than this is answered from memory; who has nothing in memory waits for the longer one. */
const patienceMs = { withLast: 200, without: 1_500 }
/** After a look that failed, memory answers for so long before the next one is tried. */
const restMs = 1_000
/** A look that got no answer for so long never will: its connection is dead and nobody was told. */
const lostMs = 15_000

/** What all that is remembered of one database knows together: it did not answer just now. A call with several looks then waits for one. */
export class Outage {
  #untilMs = Number.NEGATIVE_INFINITY

  get isKnown(): boolean {
    return performance.now() < this.#untilMs
  }

  note(): void {
    this.#untilMs = performance.now() + restMs
  }
}

/**
 * A value that is loaded on first use, and again when it is asked for after `forget`. While it cannot be loaded again (`load` rejects with
 * LedgerUnavailableError, or does not answer in time) the last one serves: an outage must not lock out whom we know. Any other failure
 * is the caller's, and is not remembered.
 */
export class Remembered<T> {
  readonly #load: () => Promise<T>
  readonly #outage: Outage
  #last: Promise<T> | undefined
  #isFresh = false
  #loading: { done: Promise<T>; sinceMs: number } | undefined

  constructor(load: () => Promise<T>, outage: Outage) {
    this.#load = load
    this.#outage = outage
  }

  /** Will `get` answer from memory, without a look? */
  get isFresh(): boolean {
    return this.#isFresh
  }

  /** Each call looks several times: who finds it in memory gets the one promise that everybody gets. */
  get(): Promise<T> {
    const last = this.#last
    return last && (this.#isFresh || this.#outage.isKnown) ? last : this.#look(last)
  }

  /** Something about it may have changed. */
  forget(): void {
    this.#isFresh = false
    // A look that is under way may have come too early to see the change.
    this.#loading = undefined
  }

  async #look(last: Promise<T> | undefined): Promise<T> {
    try {
      return await inTime(this.#startLoading(), last ? patienceMs.withLast : patienceMs.without)
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError)) throw error
      this.#outage.note()
      if (last) return await last
      throw error
    }
  }

  #startLoading(): Promise<T> {
    const nowMs = performance.now()
    if (this.#loading && nowMs - this.#loading.sinceMs < lostMs) return this.#loading.done
    const loading = { done: this.#load(), sinceMs: nowMs }
    this.#loading = loading
    loading.done.then(
      () => {
        // Overtaken by a change, it is still better than nothing in an outage.
        if (this.#isFresh) return
        this.#last = loading.done
        if (this.#loading !== loading) return
        this.#loading = undefined
        this.#isFresh = true
      },
      () => {
        if (this.#loading === loading) this.#loading = undefined
      },
    )
    return loading.done
  }
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  try {
    return await withTimeout(work, ms)
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error
    throw new LedgerUnavailableError('The database does not answer. Try again shortly.', { retryAfterMs: 1_000 })
  }
}

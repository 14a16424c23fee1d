import { isConnectionError } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { RefusingBudget } from './sql/reserve.ts'

/** Budgets and periods that are remembered. Forgetting costs one statement each that changes nothing. */
const mostRemembered = 10_000

/**
 * Alerts that a hard budget refused a call, once a budget and period. A client that is out of budget may be refused a thousand times a
 * second: all but the first time that costs a look into a set.
 */
export class RefusalAlerts {
  readonly #store: LedgerStore
  readonly #log: Log
  readonly #told = new Set<string>()
  readonly #running = new Set<Promise<void>>()

  constructor(store: LedgerStore, log: Log) {
    this.#store = store
    this.#log = log
  }

  /** Never throws and is waited for by no caller. */
  note({ id, resets_at }: RefusingBudget): void {
    const key = `${id} ${resets_at}`
    if (this.#told.has(key)) return
    if (this.#told.size >= mostRemembered) this.#told.clear()
    this.#told.add(key)
    const telling = this.#store
      .alertRefusal(id, resets_at)
      .catch((error: unknown) => {
        // The next refusal tries again.
        this.#told.delete(key)
        if (!isConnectionError(error)) this.#log.error('[Ledger] the alert of a refused call could not be written', error)
      })
      .finally(() => this.#running.delete(telling))
    this.#running.add(telling)
  }

  /** What is on its way is written. */
  async close(): Promise<void> {
    await Promise.all(this.#running)
  }
}

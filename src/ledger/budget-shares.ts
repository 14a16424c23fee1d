import type { Database } from '../database/index.ts'
import type { Clock } from '../shared/clock.ts'
import type { Outage } from '../shared/remembered.ts'
import { withTimeout } from '../shared/with-timeout.ts'
import type { BudgetPeriod, BudgetType } from './budget-wish.ts'
import { findBudgetShareRow } from './sql/find-budget-share.ts'

/** So old may the answer be: a client's calls ask the database once a second at most, however many there are. */
const rememberedMs = 1_000
/** No call waits longer than this to learn whether it is to be cheaper. */
const patienceMs = 200
const mostRemembered = 20_000

/** How much of a budget is used. */
export interface BudgetShare {
  /** Whole percents of the limit in force, rounded down. */
  percent: number
  type: BudgetType
  period: BudgetPeriod
}

/** What of each client's budgets is used. Only asked for clients of whom something depends on it. */
export class BudgetShares {
  readonly #options: { database: Database; clock: Clock; outage: Outage }
  readonly #byClient = new Map<string, { atMs: number; share: Promise<BudgetShare | undefined> }>()

  constructor(options: { database: Database; clock: Clock; outage: Outage }) {
    this.#options = options
  }

  /** The budget that is used up the most, at most a second ago. While the database cannot say, as it last was known; undefined for none. */
  find(clientId: string): Promise<BudgetShare | undefined> {
    const nowMs = this.#options.clock.nowMs()
    const known = this.#byClient.get(clientId)
    if (known && nowMs - known.atMs < rememberedMs) return known.share
    const share = this.#ask(clientId, known?.share)
    this.#byClient.delete(clientId)
    this.#byClient.set(clientId, { atMs: nowMs, share })
    const [oldest] = this.#byClient.size > mostRemembered ? this.#byClient.keys() : []
    if (oldest !== undefined) this.#byClient.delete(oldest)
    return share
  }

  async #ask(clientId: string, last: Promise<BudgetShare | undefined> | undefined): Promise<BudgetShare | undefined> {
    const { database, outage } = this.#options
    if (outage.isKnown) return await last
    try {
      const row = await withTimeout(findBudgetShareRow(database, clientId), patienceMs)
      return row && { ...row, percent: Number(row.percent) }
    } catch {
      return await last
    }
  }
}

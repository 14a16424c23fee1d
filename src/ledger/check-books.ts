import type { Queryable } from '../database/index.ts'
import { readPeriodPages, startOfAudit } from './audit-pages.ts'
import { checkPeriod } from './check-charges.ts'
import { countDeadLetters } from './sql/count-dead-letters.ts'

export interface BookCheck {
  /** Records that could not be booked and are kept with the reason. */
  deadLetters: number
  /** Budgets whose counters are not the sums of their rows and holds; there must be none. In words. */
  unbalanced: string[]
}

/** Looks whether the books of the current periods are in order; `catraca audit` looks at everything. Reads only. */
export async function checkBooks(db: Queryable): Promise<BookCheck> {
  const unbalanced: string[] = []
  for await (const page of readPeriodPages(db, { clientId: undefined, since: await startOfAudit(db, { seconds: 0 }) })) {
    for (const row of page) {
      for (const { what, booked, expected } of checkPeriod(row)) {
        const sides = what === 'used' ? `counter ${booked}, rows ${expected}` : `reserved ${booked}, holds ${expected}`
        unbalanced.push(`${row.client}, ${row.budget_type} ${row.budget_period}: ${sides}`)
      }
    }
  }
  return { deadLetters: await countDeadLetters(db), unbalanced }
}

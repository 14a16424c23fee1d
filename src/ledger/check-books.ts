import type { Queryable } from '../database/index.ts'
import { readPeriodPages, startOfAudit } from './audit-pages.ts'
import { checkPeriod, type LedgerDifference } from './check-charges.ts'
import { countDeadLetters } from './sql/count-dead-letters.ts'

export interface BookCheck {
  /** Records that could not be booked and are kept with the reason. */
  deadLetters: number
  /** Budgets whose counters are not the sums of their rows and holds; there must be none. In words. */
  unbalanced: string[]
}

const sides: Partial<Record<LedgerDifference['what'], [counter: string, sum: string]>> = {
  used: ['counter', 'rows'],
  reserved: ['reserved', 'holds'],
  opening: ['opening', 'rows before it'],
}

/** Looks whether the books of the current periods are in order; `catraca audit` looks at everything. Reads only. */
export async function checkBooks(db: Queryable): Promise<BookCheck> {
  const unbalanced: string[] = []
  for await (const page of readPeriodPages(db, { clientId: undefined, since: await startOfAudit(db, { seconds: 0 }) })) {
    for (const row of page) {
      for (const { what, booked, expected } of checkPeriod(row)) {
        const [counter, sum] = sides[what] ?? [what, 'expected']
        const difference = `${counter} ${booked}, ${sum} ${expected}`
        unbalanced.push(`${row.client}, ${row.budget_type} ${row.budget_period}: ${difference}`)
      }
    }
  }
  return { deadLetters: await countDeadLetters(db), unbalanced }
}

import { setTimeout as delay } from 'node:timers/promises'
import { type Database, isConnectionError } from '../../src/database/index.ts'

export interface BudgetWatch {
  /** Ends the watch and tells what it saw. */
  stop(): Promise<{ polls: number; above: string[] }>
}

/** Looks every 50 ms whether `used + reserved` of a hard budget is above its limit: once is once too often. */
export function watchHardBudgets(database: Database): BudgetWatch {
  const above: string[] = []
  let polls = 0
  let watching = true
  const running = (async () => {
    while (watching) {
      const seen = await look(database)
      if (seen !== undefined) polls += 1
      above.push(...(seen ?? []))
      await delay(50)
    }
  })()
  running.catch(() => {})
  return {
    async stop() {
      watching = false
      await running
      return { polls, above }
    },
  }
}

/** Undefined where a busy machine, or a test that takes the database away, gave no answer. */
async function look(database: Database): Promise<string[] | undefined> {
  try {
    const rows = await database.query<{ seen: string }>(
      `select format('%s: used %s + reserved %s > %s', b.budget_type, p.used, p.reserved, ledger_period_limit(p, ledger_now())) as seen
       from budget_periods p join budgets b on b.id = p.budget_id
       where b.pause_at_limit and b.retired_at is null and p.used + p.reserved > ledger_period_limit(p, ledger_now())`,
    )
    return rows.map(({ seen }) => seen)
  } catch (error) {
    if (isConnectionError(error)) return undefined
    throw error
  }
}

import type { Queryable } from '../../database/index.ts'
import type { UsageSums } from './summarize-usage.ts'
import { factColumns, fromWindow, rollupColumns, sumsOfUsage, type UsageWindow, windowParams } from './usage-window.ts'

export interface UsageTotals extends UsageSums {
  /** Whose calls they are. */
  client_ids: string[]
}

/** Everything in a window, as `summarizeUsage` counts it. Undefined where nothing was called. */
export async function totalUsage(db: Queryable, window: UsageWindow): Promise<UsageTotals | undefined> {
  const [row] = await db.query<UsageTotals>(
    `select ${sumsOfUsage}, array_agg(distinct client_id::text) as client_ids
     from ${fromWindow(rollupColumns, factColumns)}
     having sum(calls) > 0`,
    windowParams(window),
  )
  return row
}

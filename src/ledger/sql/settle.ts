import type { Queryable } from '../../database/index.ts'

export interface SettleCounts {
  inserted: number
  adjusted: number
  alerts: number
}

/** One batch in one transaction; `records` is the JSON array that `ledger_settle` documents. */
export async function settleRecords(db: Queryable, records: string): Promise<SettleCounts> {
  const rows = await db.query<{ result: SettleCounts }>('select ledger_settle($1::jsonb) as result', [records])
  return rows[0]?.result ?? { inserted: 0, adjusted: 0, alerts: 0 }
}

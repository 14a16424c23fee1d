import type { Queryable } from '../../database/index.ts'

export type ReserveOutcome =
  | { call_id: string; outcome: 'admitted'; output: number; hard: boolean; admitted_at: string }
  | { call_id: string; outcome: 'exceeded' | 'paused' | 'busy' | 'unpriced'; budget: RefusingBudget }

/** Amounts are in the budget's integer unit. They fit a double: a limit is below 9e18, and a refusal's figures are for reading. */
export interface RefusingBudget {
  id: string
  type: 'tokens' | 'brl' | 'usd'
  period: 'daily' | 'weekly' | 'monthly'
  /** The limit in force. */
  limit: number
  used: number
  reserved: number
  resets_at: string
  /** Until when `limit` is the raised one; null where it is the usual one. */
  raised_until: string | null
  time_zone: string
}

/** One group, in arrival order; `calls` is the JSON array that `ledger_reserve` documents. */
export async function reserveCalls(db: Queryable, calls: string, replica: string): Promise<ReserveOutcome[]> {
  const rows = await db.query<{ result: ReserveOutcome[] }>('select ledger_reserve($1::jsonb, $2) as result', [calls, replica])
  return rows[0]?.result ?? []
}

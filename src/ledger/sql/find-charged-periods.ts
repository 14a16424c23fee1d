import type { Queryable } from '../../database/index.ts'

export interface ChargedPeriodRow {
  budget_id: string
  period_start: Date
  budget_type: 'tokens' | 'brl' | 'usd'
  /** Null where the budget has no such period. */
  period_end: Date | null
}

/** The budgets of these charges, with the period of each; a budget that was deleted is missing. */
export async function findChargedPeriods(
  db: Queryable,
  budgetIds: readonly string[],
  starts: readonly Date[],
): Promise<ChargedPeriodRow[]> {
  return await db.query<ChargedPeriodRow>(
    `select w.budget_id, w.period_start, b.budget_type, p.period_end
     from unnest($1::uuid[], $2::timestamptz[]) as w(budget_id, period_start)
     join budgets b on b.id = w.budget_id
     left join budget_periods p on p.budget_id = w.budget_id and p.period_start = w.period_start`,
    [budgetIds, starts],
  )
}

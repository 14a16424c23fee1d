import type { Queryable } from '../../database/index.ts'
import type { BudgetPeriod, BudgetType } from '../budget-wish.ts'

export interface BudgetShareRow {
  /** Whole percents of the limit in force, rounded down. */
  percent: bigint
  type: BudgetType
  period: BudgetPeriod
}

/** The client's budget that is used up the most in its current period; undefined where nothing is used. By budgets_client_id. */
export async function findBudgetShareRow(db: Queryable, clientId: string): Promise<BudgetShareRow | undefined> {
  const rows = await db.query<BudgetShareRow>(
    `select floor(p.used::numeric * 100 / ledger_period_limit(p, ledger_now()))::bigint as percent,
       b.budget_type as type, b.budget_period as period
     from effective_budgets b
     join budget_periods p on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, ledger_now())
     where b.client_id = $1
     order by 1 desc
     limit 1`,
    [clientId],
  )
  return rows[0]
}

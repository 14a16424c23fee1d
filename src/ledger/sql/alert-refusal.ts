import type { Queryable } from '../../database/index.ts'

/** A hard budget refused a call in the period that ends at `periodEnd` (ISO 8601): one alert a budget and period, whoever tells. */
export async function alertRefusal(db: Queryable, budgetId: string, periodEnd: string): Promise<void> {
  await db.query('select ledger_alert_refusal($1, $2)', [budgetId, periodEnd])
}

import type { Queryable } from '../../database/index.ts'

/** With it the budgets that the plan has by default. */
export async function setClientPlanName(db: Queryable, clientId: string, plan: string): Promise<void> {
  await db.query('update clients set plan = $2 where id = $1', [clientId, plan])
}

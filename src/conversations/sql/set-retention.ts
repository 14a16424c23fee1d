import type { Queryable } from '../../database/index.ts'

/** Null keeps messages for good. */
export async function setRetention(db: Queryable, clientId: string, days: number | null): Promise<void> {
  await db.query('update clients set message_retention_days = $2 where id = $1', [clientId, days])
}

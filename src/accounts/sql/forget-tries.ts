import type { Queryable } from '../../database/index.ts'

export async function forgetTriesOf(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query('delete from auth_rate_limits where key = any ($1)', [keys])
}

import type { Queryable } from '../../database/index.ts'

/**
 * Makes this month's partition of gateway_usage_logs and the next two, and those of rows that had to go to the default partition, where
 * they are missing. Rejects with lock_not_available where somebody reads the table for longer than a second.
 */
export async function ensurePartitions(db: Queryable): Promise<void> {
  await db.query('select ensure_usage_partitions()')
}

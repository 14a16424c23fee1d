import type { Queryable } from '../../database/index.ts'

/** Makes this month's partition of gateway_usage_logs and the next two, where they are missing. */
export async function ensurePartitions(db: Queryable): Promise<void> {
  await db.query('select ensure_usage_partition(now() + make_interval(months => month)) from generate_series(0, 2) as month')
}

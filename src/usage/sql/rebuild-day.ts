import type { Queryable } from '../../database/index.ts'

/** Makes all rollups of a UTC day (YYYY-MM-DD) anew from its rows; bookings wait meanwhile. For the owner alone. */
export async function rebuildDay(db: Queryable, day: string): Promise<void> {
  await db.query('select rebuild_usage_day($1::date)', [day])
}

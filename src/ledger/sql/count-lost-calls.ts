import type { Queryable } from '../../database/index.ts'

export interface LostCalls {
  /** Records that could not be booked. */
  dead_letters: number
  /** Calls that nobody settled in time, charged at the most that they could cost. */
  orphaned: number
}

/** Of the last hours. Uses gateway_usage_logs_failed; of dead letters there are few. */
export async function countLostCalls(db: Queryable, hours: number): Promise<LostCalls> {
  const [row] = await db.query<LostCalls>(
    `select (select count(*) from usage_dead_letters where created_at > now() - make_interval(hours => $1))::int as dead_letters,
       (select count(*) from gateway_usage_logs
        where status <> 'ok' and status = 'orphaned' and created_at > now() - make_interval(hours => $1))::int as orphaned`,
    [hours],
  )
  return row ?? { dead_letters: 0, orphaned: 0 }
}

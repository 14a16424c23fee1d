import type { Queryable } from '../../database/index.ts'

/** Calls that are admitted and not settled, of all replicas, and what they hold. */
export interface OpenCalls {
  calls: number
  holds: number
  /** The oldest admission's age; 0 where there is none. */
  oldest_seconds: number
  /** Their time is over, and nobody has charged them as orphans yet. */
  overdue: number
}

export async function countOpenCalls(db: Queryable): Promise<OpenCalls> {
  const [row] = await db.query<OpenCalls>(
    `select count(*)::int as calls, (select count(*)::int from budget_holds) as holds,
       coalesce(extract(epoch from clock_timestamp() - min(admitted_at)), 0)::float8 as oldest_seconds,
       count(*) filter (where expires_at < clock_timestamp())::int as overdue
     from call_admissions`,
  )
  return row ?? { calls: 0, holds: 0, oldest_seconds: 0, overdue: 0 }
}

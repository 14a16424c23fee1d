import type { Queryable } from '../../database/index.ts'

/** Of graphile-worker's queue: due and waiting, being worked on, and given up after their last try. */
export interface JobCount {
  ready: number
  running: number
  failed: number
}

/** Rejects before the queue is installed. */
export async function countJobs(db: Queryable): Promise<JobCount> {
  const [row] = await db.query<JobCount>(
    `select count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= now())::int as ready,
       count(*) filter (where locked_at is not null)::int as running,
       count(*) filter (where locked_at is null and attempts >= max_attempts)::int as failed
     from graphile_worker.jobs`,
  )
  return row ?? { ready: 0, running: 0, failed: 0 }
}

import type { Queryable } from '../../database/index.ts'

export interface GivenUpJobs {
  task: string
  jobs: number
}

/** Jobs that failed at every try, by task. Rejects before the queue is installed (42P01). */
export async function countGivenUpJobs(db: Queryable): Promise<GivenUpJobs[]> {
  return await db.query<GivenUpJobs>(
    `select task_identifier as task, count(*)::int as jobs
     from graphile_worker.jobs
     where locked_at is null and attempts >= max_attempts
     group by task_identifier
     order by task_identifier`,
  )
}

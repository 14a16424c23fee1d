import type { Queryable } from '../../database/index.ts'

/** Of graphile-worker's queue: due and waiting, being worked on, and given up after their last try. */
export interface JobCount {
  ready: number
  running: number
  failed: number
  /** Of those that are ready, and of those that are running: the ones that answer a conversation. */
  answersWaiting: number
  answersUnderWay: number
  /** For how many seconds the first of those that wait has been due; 0 where none waits. */
  answersAge: number
  /** The same of all other jobs. */
  othersAge: number
}

/** Rejects before the queue is installed. */
export async function countJobs(db: Queryable): Promise<JobCount> {
  const [row] = await db.query<JobCount>(
    `select count(*) filter (where is_ready)::int as ready,
       count(*) filter (where is_running)::int as running,
       count(*) filter (where not is_running and attempts >= max_attempts)::int as failed,
       count(*) filter (where is_ready and is_answer)::int as "answersWaiting",
       count(*) filter (where is_running and is_answer)::int as "answersUnderWay",
       coalesce(extract(epoch from now() - min(run_at) filter (where is_ready and is_answer)), 0)::float8 as "answersAge",
       coalesce(extract(epoch from now() - min(run_at) filter (where is_ready and not is_answer)), 0)::float8 as "othersAge"
     from (
       select attempts, max_attempts, run_at, locked_at is not null as is_running,
         locked_at is null and attempts < max_attempts and run_at <= now() as is_ready, task_identifier like 'whatsapp\\_%' as is_answer
       from graphile_worker.jobs
     ) j`,
  )
  if (!row) throw new Error('a count has one row')
  return row
}

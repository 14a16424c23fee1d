import type { Queryable } from '../../database/index.ts'

/**
 * Queues alerts that nobody has queued, and those whose delivery a process took with it when it died: graphile-worker would leave their jobs
 * locked for four hours. Such a job is given up for a new one by its key. Answers how many there were; replicas skip each other's.
 */
export async function queueAlerts(db: Queryable, most: number, abandonedAfterMs: number): Promise<number> {
  const rows = await db.query(
    `with due as (
       select a.id from alerts a
       where a.delivered_at is null
         and (a.queued_at is null or (
           a.queued_at < now() - make_interval(secs => $2::float8 / 1000)
           and not exists (
             select 1 from graphile_worker.jobs j
             where j.key = 'alert:' || a.id and (j.locked_at is null or j.locked_at > now() - make_interval(secs => $2::float8 / 1000))
           )
         ))
       order by a.created_at
       limit $1
       for update skip locked
     ), queued as (
       update alerts a set queued_at = now() from due where a.id = due.id returning a.id
     )
     select graphile_worker.add_job('deliver_alert', json_build_object('alert_id', id), job_key => 'alert:' || id) from queued`,
    [most, abandonedAfterMs],
  )
  return rows.length
}

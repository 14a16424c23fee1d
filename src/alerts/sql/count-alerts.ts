import type { Queryable } from '../../database/index.ts'

export interface AlertCount {
  kind: string
  last_hour: number
  undelivered: number
}

/** Of each kind with alerts of the last hour, or that wait to be delivered. Uses alerts_created_at and alerts_undelivered. */
export async function countAlerts(db: Queryable): Promise<AlertCount[]> {
  return await db.query<AlertCount>(
    `select kind, sum(last_hour)::int as last_hour, sum(undelivered)::int as undelivered
     from (
       select kind, count(*) as last_hour, 0 as undelivered from alerts where created_at > now() - interval '1 hour' group by kind
       union all
       select kind, 0, count(*) from alerts where delivered_at is null group by kind
     ) as counted
     group by kind
     order by kind`,
  )
}

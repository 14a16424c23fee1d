import type { Queryable } from '../../database/index.ts'

/** The UTC days, YYYY-MM-DD, from `since` on that have rows or rollups, or may have; not those of months that were put away. */
export async function findRollupDays(db: Queryable, since: string): Promise<string[]> {
  const rows = await db.query<{ day: string }>(
    `with ends as (
       select greatest(least((select min(hour) from usage_rollups), (select min(created_at) from gateway_usage_logs),
           (select min(day) from usage_days)::timestamp at time zone 'UTC'), $1::timestamptz) as first,
         greatest((select max(hour) from usage_rollups), (select max(created_at) from gateway_usage_logs),
           (select max(day) from usage_days)::timestamp at time zone 'UTC') as last
     )
     select to_char(day, 'YYYY-MM-DD') as day
     from ends, generate_series(date_trunc('day', first at time zone 'UTC'), last at time zone 'UTC', interval '1 day') as day
     where not exists (
       select 1 from archived_usage_months m where day at time zone 'UTC' >= m.month_start and day at time zone 'UTC' < m.month_end)
     order by day`,
    [since],
  )
  return rows.map((row) => row.day)
}

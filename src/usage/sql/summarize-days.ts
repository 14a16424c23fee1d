import type { Queryable } from '../../database/index.ts'
import type { UsageSums } from './summarize-usage.ts'
import { factColumns, rollupColumns, sumsOfUsage, type UsageWindow } from './usage-window.ts'

export interface UsageDay extends UsageSums {
  /** YYYY-MM-DD by the time zone's calendar. */
  day: string
}

/**
 * Days of a time zone, oldest first, those with calls. From hours, and from rows where a midnight (or an end of the window) falls within
 * an hour. Uses the same indexes as a summary.
 */
export async function summarizeDays(db: Queryable, window: UsageWindow & { timeZone: string }): Promise<UsageDay[]> {
  return await db.query<UsageDay>(
    `with cuts as materialized (
       select distinct date_trunc('hour', at, 'UTC') as hour
       from (
         select midnight at time zone $4 as at
         from generate_series(
           date_trunc('day', $2::timestamptz at time zone $4), date_trunc('day', $3::timestamptz at time zone $4), interval '1 day'
         ) as midnight
         union all
         values ($2::timestamptz), ($3::timestamptz)
       ) as instants
       where at <> date_trunc('hour', at, 'UTC')
     )
     select to_char(day, 'YYYY-MM-DD') as day, ${sumsOfUsage}
     from (
       select (hour at time zone $4)::date as day, ${rollupColumns}
       from usage_rollups
       where hour >= $2::timestamptz and hour < $3::timestamptz and hour <> all (array(select c.hour from cuts c))
         and ($1::uuid is null or client_id = $1)
       union all
       select (f.created_at at time zone $4)::date, ${factColumns}
       from cuts c
       cross join lateral (
         select * from usage_facts
         where created_at >= greatest(c.hour, $2::timestamptz) and created_at < least(c.hour + interval '1 hour', $3::timestamptz)
           and ($1::uuid is null or client_id = $1)
         -- Planned on its own: joined to the hours it would read a month of rows to look for none.
         offset 0
       ) f
     ) as found
     group by 1
     order by 1`,
    [window.clientId, window.from, window.to, window.timeZone],
  )
}

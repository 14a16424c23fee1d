import type { Queryable } from '../../database/index.ts'

/** Today, this month, and the same lengths of yesterday and of the month before, by a time zone's calendar. `now` is in both. */
export interface OverviewSpans {
  now: Date
  today: Date
  yesterday: Date
  yesterday_now: Date
  month: Date
  last_month: Date
  last_month_now: Date
  /** 29 days before today. */
  days: Date
}

export async function findOverviewSpans(db: Queryable, timeZone: string): Promise<OverviewSpans> {
  const [spans] = await db.query<OverviewSpans>(
    `select now() + interval '1 millisecond' as now,
       date_trunc('day', local) at time zone $1 as today,
       (date_trunc('day', local) - interval '1 day') at time zone $1 as yesterday,
       (local - interval '1 day') at time zone $1 as yesterday_now,
       date_trunc('month', local) at time zone $1 as month,
       (date_trunc('month', local) - interval '1 month') at time zone $1 as last_month,
       least(local - interval '1 month', date_trunc('month', local)) at time zone $1 as last_month_now,
       (date_trunc('day', local) - interval '29 days') at time zone $1 as days
     from (select now() at time zone $1 as local) as clock`,
    [timeZone],
  )
  if (!spans) throw new Error('a row of one statement without a table is missing')
  return spans
}

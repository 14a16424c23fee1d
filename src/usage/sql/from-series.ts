import { splitWindow } from '../split-window.ts'
import { inScope, type UsageWindow } from './usage-window.ts'

export type SeriesUnit = 'hour' | 'day' | 'month'

/** A window in buckets of time: days and months of the time zone's calendar, hours of UTC. */
export interface UsageSeries extends UsageWindow {
  unit: SeriesUnit
  timeZone: string
}

/**
 * Common tables of which `found` is everything in the window, each row with the `start` of its bucket and a `sign`, by which what is summed
 * has to be multiplied. Days and months are made of the UTC days that lie in the window: each counts where its noon is, and its hours that
 * belong to another bucket (three of São Paulo's) are added there and taken off here, which reads an eighth of the hours. Hours, and what
 * lies beside the whole days, are hours; rows are read where an edge falls within an hour. By the indexes that `fromWindow` names.
 */
export function withSeries(ofRollups: string, ofFacts: string): string {
  const scope = inScope(1, 6)
  const start = (at: string) => `date_trunc($5::text, ${at}, $4::text)`
  return `with edges as materialized (
    select first at time zone $4 as at
    from generate_series(
      date_trunc($5, $2::timestamptz at time zone $4), date_trunc($5, $3::timestamptz at time zone $4), ('1 ' || $5)::interval
    ) as first
    union all
    values ($2::timestamptz), ($3::timestamptz)
  ), cut_hours as materialized (
    select distinct date_trunc('hour', at, 'UTC') as hour from edges where at <> date_trunc('hour', at, 'UTC')
  ), days as materialized (
    select day, ${start("(day + interval '12 hours')")} as main
    from generate_series($9::timestamptz, $10::timestamptz - interval '24 hours', interval '24 hours') as day
  ), moved_hours as materialized (
    select hour, main, ${start('hour')} as own
    from days cross join lateral generate_series(day, day + interval '23 hours', interval '1 hour') as hour
    where exists (select from edges where at > day and at < day + interval '24 hours')
      and ${start('hour')} <> main and hour <> all (array(select c.hour from cut_hours c))
  ), found as (
    select main as start, 1 as sign, ${ofRollups}
    from days d
    cross join lateral (select * from usage_days u where u.day = (d.day at time zone 'UTC')::date and ${scope} offset 0) as whole
    union all
    select case when sign = 1 then own else main end, sign, ${ofRollups}
    from moved_hours m
    cross join lateral (select * from usage_rollups r where r.hour = m.hour and ${scope} offset 0) as moved
    cross join (values (1), (-1)) as signs (sign)
    union all
    select ${start('hour')}, 1, ${ofRollups}
    from (values ($2::timestamptz, $9::timestamptz), ($10::timestamptz, $3::timestamptz)) as beside (lower, upper)
    cross join lateral (
      select * from usage_rollups
      where hour >= lower and hour < upper and hour <> all (array(select c.hour from cut_hours c)) and ${scope}
      offset 0
    ) as hours
    union all
    select case when sign = 1 then own else main end, sign, ${ofFacts}
    from cut_hours c
    cross join lateral (
      select *, ${start('created_at')} as own from usage_facts
      where created_at >= greatest(c.hour, $2::timestamptz) and created_at < least(c.hour + interval '1 hour', $3::timestamptz) and ${scope}
      -- Planned on its own: joined to the hours it would read a month of rows to look for none.
      offset 0
    ) as facts
    left join days d on d.day = date_trunc('day', c.hour, 'UTC')
    cross join (values (1), (-1)) as signs (sign)
    where case when d.day is null then sign = 1 else own <> main end
  )`
}

export function seriesParams({ clientId, from, to, timeZone, unit, provider, model, apiType }: UsageSeries): unknown[] {
  const [firstDay, afterDays] = unit === 'hour' ? [to, to] : splitWindow(from, to).days
  return [clientId, from, to, unit === 'hour' ? 'UTC' : timeZone, unit, provider, model, apiType, firstDay, afterDays]
}

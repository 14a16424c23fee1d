import type { Queryable } from '../../database/index.ts'

/**
 * Two moments, each an instant (ISO 8601) or a day (YYYY-MM-DD) of the time zone, as which its beginning counts. Without an end it is
 * now, which is in the window; without a beginning the day that is `days` - 1 before today.
 */
export async function findWindow(
  db: Queryable,
  { from, to, timeZone, days }: { from: string | undefined; to: string | undefined; timeZone: string; days: number },
): Promise<{ from: Date; to: Date }> {
  const moment = (text: string) =>
    `case when ${text}::text ~ '^\\d{4}-\\d{2}-\\d{2}$' then (${text}::text)::timestamp at time zone $3 else (${text}::text)::timestamptz end`
  const [row] = await db.query<{ from: Date; to: Date }>(
    `select coalesce(${moment('$1')}, (date_trunc('day', now() at time zone $3) - make_interval(days => $4::int - 1)) at time zone $3) as from,
       coalesce(${moment('$2')}, now() + interval '1 millisecond') as to`,
    [from, to, timeZone, days],
  )
  return row ?? { from: new Date(0), to: new Date(0) }
}

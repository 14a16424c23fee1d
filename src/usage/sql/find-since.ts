import type { Queryable } from '../../database/index.ts'

/** From when on: a length of time, a moment by a time zone's clock, or the beginning of its day. */
export type UsageSince = { kind: 'ago'; seconds: number } | { kind: 'at'; at: string } | { kind: 'today' }

/** From when to when, by the database's clock and, where days count, by the clock of the time zone. Now is in it. */
export async function findSince(db: Queryable, since: UsageSince, timeZone: string): Promise<{ from: Date; to: Date }> {
  const rows = await db.query<{ from: Date; to: Date }>(
    `select case
       when $1::float8 is not null then now() - make_interval(secs => $1::float8)
       when $2::timestamp is not null then $2::timestamp at time zone $3
       else date_trunc('day', now(), $3)
     end as from, now() + interval '1 millisecond' as to`,
    [since.kind === 'ago' ? since.seconds : undefined, since.kind === 'at' ? since.at : undefined, timeZone],
  )
  return rows[0] ?? { from: new Date(0), to: new Date(0) }
}

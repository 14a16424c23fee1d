import type { Queryable } from '../../database/index.ts'

/** A calendar month (YYYY-MM) of a time zone, and the moment at which it was asked for. */
export async function findMonth(db: Queryable, month: string, timeZone: string): Promise<{ from: Date; to: Date; now: Date }> {
  const [row] = await db.query<{ from: Date; to: Date; now: Date }>(
    `select first at time zone $2 as from, (first + interval '1 month') at time zone $2 as to, now() as now
     from (select ($1::text || '-01')::timestamp as first) as month`,
    [month, timeZone],
  )
  if (!row) throw new Error('a row of one statement without a table is missing')
  return row
}

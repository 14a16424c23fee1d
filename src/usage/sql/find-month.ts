import type { Queryable } from '../../database/index.ts'

/** A calendar month (YYYY-MM) of a time zone, as a monthly budget counts it, and the moment at which it was asked for. */
export async function findMonth(db: Queryable, month: string, timeZone: string): Promise<{ from: Date; to: Date; now: Date }> {
  const [row] = await db.query<{ from: Date; to: Date; now: Date }>(
    `select budget_period_start('monthly', $2, first) as from, budget_period_end('monthly', $2, first) as to, now() as now
     from (select ($1::text || '-01')::timestamp at time zone $2 as first) as month`,
    [month, timeZone],
  )
  if (!row) throw new Error('a row of one statement without a table is missing')
  return row
}

import type { Queryable } from './database.ts'

/** The database's own time, in milliseconds since 1970. */
export async function readClock(db: Queryable): Promise<number> {
  const [row] = await db.query<{ ms: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms')
  return row?.ms ?? Number.NaN
}

import type { Queryable } from '../../database/index.ts'

/** The seconds to wait; 0 where one try of each key was taken. */
export async function takeTryOf(db: Queryable, keys: readonly string[], most: number, windowSeconds: number): Promise<number> {
  const [row] = await db.query<{ wait: number }>('select auth_take_try($1, $2, make_interval(secs => $3)) as wait', [
    keys,
    most,
    windowSeconds,
  ])
  return row?.wait ?? 0
}

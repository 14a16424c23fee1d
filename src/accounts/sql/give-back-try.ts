import type { Queryable } from '../../database/index.ts'

/** The newest try of each key was none. In the order in which tries are taken. */
export async function giveBackTryOf(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query(
    `with locked as (select key from auth_rate_limits where key = any ($1) order by key for no key update)
     update auth_rate_limits l set tries = l.tries[1 : cardinality(l.tries) - 1] from locked where l.key = locked.key`,
    [keys],
  )
}

import type { Queryable } from '../../database/index.ts'

/** The newest try of each key was none. */
export async function giveBackTryOf(db: Queryable, keys: readonly string[]): Promise<void> {
  await db.query('update auth_rate_limits set tries = tries[1 : cardinality(tries) - 1] where key = any ($1)', [keys])
}

import type { Database, Queryable } from './database.ts'

/** The same database, where whatever is changed stands in the audit log as done by `actor`. Each statement commits by itself, as before. */
export function asActor(database: Pick<Database, 'transaction'>, actor: string): Pick<Database, 'query' | 'transaction'> {
  const transaction: Database['transaction'] = (run) =>
    database.transaction(async (tx: Queryable) => {
      // For this transaction only, so that a pooled connection forgets it.
      await tx.query("select set_config('catraca.actor', $1, true)", [actor])
      return await run(tx)
    })
  return { query: (sql, params) => transaction((tx) => tx.query(sql, params)), transaction }
}

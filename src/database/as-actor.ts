import { onceMore } from '../shared/once-more.ts'
import type { Database, Queryable } from './database.ts'

const mostTries = 3

/**
 * The same database, where whatever is changed stands in the audit log as done by `actor`. Each statement commits by itself, as before. One that the
 * database ends because of another's is made once more, so that a person does not have to. A transaction is not, because of what else it may do.
 */
export function asActor(database: Pick<Database, 'transaction'>, actor: string): Pick<Database, 'query' | 'transaction'> {
  const transaction: Database['transaction'] = (run) =>
    database.transaction(async (tx: Queryable) => {
      // For this transaction only, so that a pooled connection forgets it.
      await tx.query("select set_config('catraca.actor', $1, true)", [actor])
      return await run(tx)
    })
  return { query: (sql, params) => onceMore(mostTries, () => transaction((tx) => tx.query(sql, params))), transaction }
}

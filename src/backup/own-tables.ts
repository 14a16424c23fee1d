import { type Queryable, readMigrations } from '../database/index.ts'
import { findTables, type TableRow } from './sql/find-tables.ts'

/** Of no use later, and of use to a thief: who is logged in, half-finished log-ins, tries at a password. */
const leftOut = new Set(['public.auth_sessions', 'public.auth_verifications', 'public.auth_rate_limits'])

export interface OwnTable extends TableRow {
  /** `schema.name` */
  id: string
  /** Its rows are in a backup. */
  isKept: boolean
}

/**
 * The tables of this database that our migrations made, each after those that it points to. An application may have its own in the same schema:
 * what is ours is what `supabase/migrations` says.
 */
export async function ownTables(on: Queryable): Promise<OwnTable[]> {
  const made = new Set(
    (await readMigrations()).flatMap(({ sql }) =>
      [...sql.matchAll(/^create (?:unlogged )?table (?:if not exists )?(?:public\.)?(\w+)/gm)].map(([, name]) => name),
    ),
  )
  const rows = await on.query<TableRow>(findTables, [[...made]])
  const tables = rows.map((row) => ({ ...row, id: `${row.schema}.${row.name}` }))
  return inOrder(tables.map((table) => ({ ...table, isKept: table.is_durable && !leftOut.has(table.id) })))
}

function inOrder(tables: readonly OwnTable[]): OwnTable[] {
  const byId = new Map(tables.map((table) => [table.id, table]))
  const done = new Set<OwnTable>()
  const visit = (table: OwnTable): void => {
    if (done.has(table)) return
    for (const id of table.needs) {
      const needed = byId.get(id)
      if (needed) visit(needed)
    }
    done.add(table)
  }
  for (const table of tables) visit(table)
  return [...done]
}

import type { Queryable } from './database.ts'
import { readMigrations } from './migrate.ts'

export interface MigrationsCompared {
  /** Ours that the database does not have. */
  missing: string[]
  /** The database's that we do not have: a newer version was here. */
  unknown: string[]
}

/** The database beside `supabase/migrations/`, by version, as `<version>_<name>`. Changes nothing. */
export async function compareMigrations(db: Queryable): Promise<MigrationsCompared> {
  const files = await readMigrations()
  const rows = await db.query<{ version: string; name: string }>('select version, name from public.catraca_migrations order by version')
  return { missing: without(files, rows), unknown: without(rows, files) }
}

type Named = { version: string; name: string }

function without(all: readonly Named[], others: readonly Named[]): string[] {
  const known = new Set(others.map(({ version }) => version))
  return all.filter(({ version }) => !known.has(version)).map(({ version, name }) => `${version}_${name}`)
}

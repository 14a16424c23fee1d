import { type Database, migrate, type Queryable, readMigrations } from '../database/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { type BackupHead, type BackupReport, type BackupTable, readRows, type TableSum } from './backup.ts'
import { refuseFile } from './backup-file.ts'
import { type OwnTable, ownTables } from './own-tables.ts'
import { readBackup } from './read-backup.ts'
import { RowDigest } from './row-digest.ts'
import { countRows } from './sql/count-rows.ts'
import { dropArchive } from './sql/drop-archive.ts'
import { emptyTables } from './sql/empty-tables.ts'
import { findMigrations, type MigrationRow } from './sql/find-migrations.ts'
import { findState, type StateRow } from './sql/find-state.ts'
import { insertRows } from './sql/insert-rows.ts'
import { makeArchive } from './sql/make-archive.ts'
import { setSequence } from './sql/set-sequence.ts'
import { settleForms } from './sql/settle-forms.ts'
import { switchTriggers } from './sql/switch-triggers.ts'

export interface RestoreOptions {
  /** As the owner. It need not be migrated. */
  database: Database
  path: string
  /** Replaces what is there. */
  force?: boolean
  onTable?: (sum: TableSum) => void
}

export interface RestoreReport extends BackupReport {
  /** Migrations that are newer than the backup, applied to its rows. */
  migrated: string[]
  /** False where the backup has none, or this database has Supabase's vault: theirs are stored again by hand. */
  hasSecrets: boolean
}

/** Of a database that somebody uses, at least one has rows; a new one has none in them. */
const tellingTables = ['public.clients', 'public.gateway_usage_logs', 'public.auth_users', 'vault.secrets']

/**
 * Puts the rows of a backup into a database and brings that up to date: the schema as it was when the backup was made, the rows in one
 * transaction, each table compared with what was written, then the newer migrations. Rejects with ConfigurationError, in words and with nothing
 * changed but an empty schema: where the file is not whole, a gateway is connected, the database is in use (unless `force`) or newer.
 */
export async function restoreBackup({ database, path, force = false, onTable }: RestoreOptions): Promise<RestoreReport> {
  // All of it, before anything is touched.
  const { head } = await readBackup(path)
  const [state] = await database.query<StateRow>(findState)
  if (state && state.gateways.length > 0) {
    throw refuse('A gateway is connected to this database (or an application with the library): stop it first')
  }
  await refuseForeignSchema(head, state?.is_migrated ? await database.query<MigrationRow>(findMigrations) : [])
  if (state?.is_migrated && !force) await refuseRows(database)
  await migrate(database, { only: new Set(head.migrations.map(({ version }) => version)) })
  const report = await database.transaction((tx) => load(tx, path, onTable))
  const migrated = await migrate(database)
  return { ...report, migrated: migrated.map(({ name }) => name) }
}

/** The backup's migrations must be known here, and the database must not be ahead of them: no migration leads back. */
async function refuseForeignSchema(head: BackupHead, applied: readonly MigrationRow[]): Promise<void> {
  const known = new Map((await readMigrations()).map(({ version, checksum }) => [version, checksum]))
  const unknown = head.migrations.find(({ version, checksum }) => known.get(version) !== checksum)
  if (unknown) {
    throw refuse(
      `The backup was made by Catraca ${head.catraca}, whose schema has ${unknown.version}_${unknown.name} as this version does not: use a newer Catraca`,
    )
  }
  const wanted = new Set(head.migrations.map(({ version }) => version))
  const ahead = applied.filter(({ version }) => !wanted.has(version))
  if (ahead.length === 0) return
  throw refuse(
    `This database is newer than the backup (it has ${ahead.map(({ version, name }) => `${version}_${name}`).join(', ')}): restore into a new ` +
      'database or a new --data-dir; it is brought up to date afterwards',
  )
}

async function refuseRows(database: Queryable): Promise<void> {
  const found: string[] = []
  for (const table of await ownTables(database)) {
    if (!tellingTables.includes(table.id) && table.schema !== 'catraca_archive') continue
    const [row] = await database.query<{ count: number }>(countRows(table))
    if (row && row.count > 0) found.push(`${table.name} (${row.count})`)
  }
  if (found.length === 0) return
  throw refuse(
    `This database is in use: there are rows in ${found.join(', ')}. Restore into a new one, or replace everything in it with --force`,
  )
}

async function load(tx: Queryable, path: string, onTable: RestoreOptions['onTable']): Promise<Omit<RestoreReport, 'migrated'>> {
  await tx.query(settleForms)
  const targets = await prepare(tx)
  const inserts = new Map<string, string>()
  const report = await readBackup(path, {
    async head({ tables }) {
      for (const table of tables) {
        if (table.schema === 'catraca_archive') await tx.query(makeArchive(table))
        else if (!isSkipped(table, targets)) refuseMissing(table, targets)
        inserts.set(idOf(table), insertRows(table))
      }
    },
    async rows(table, lines) {
      if (isSkipped(table, targets)) return
      await tx.query(inserts.get(idOf(table)) ?? '', [`[${lines.join(',')}]`])
    },
    async end(table, sum) {
      if (isSkipped(table, targets)) return
      await setNumbers(tx, table, targets.get(idOf(table)))
      await compare(tx, table, sum)
      onTable?.(sum)
    },
  })
  for (const table of targets.values()) await tx.query(switchTriggers(table, 'enable'))
  return {
    head: report.head,
    tables: report.tables.filter(({ table }) => table.startsWith('catraca_archive.') || targets.has(table)),
    hasSecrets: report.head.hasSecrets && targets.has('vault.secrets'),
  }
}

/** Empty tables without our triggers; what was put away in this database before goes too. */
async function prepare(tx: Queryable): Promise<Map<string, OwnTable>> {
  const tables = await ownTables(tx)
  for (const table of tables.filter(({ schema }) => schema === 'catraca_archive')) await tx.query(dropArchive(table))
  const targets = tables.filter(({ schema }) => schema !== 'catraca_archive')
  for (const table of targets) await tx.query(switchTriggers(table, 'disable'))
  await tx.query(emptyTables(targets))
  return new Map(targets.map((table) => [table.id, table]))
}

/** Secrets that our own vault sealed are of no use in Supabase's: they are stored again there. */
function isSkipped(table: BackupTable, targets: ReadonlyMap<string, OwnTable>): boolean {
  return table.schema === 'vault' && !targets.has(idOf(table))
}

function refuseMissing(table: BackupTable, targets: ReadonlyMap<string, OwnTable>): void {
  const target = targets.get(idOf(table))
  const missing = table.columns.filter(({ name }) => !target?.columns.some((column) => column.name === name))
  if (target && missing.length === 0) return
  throw refuseFile(
    `The database has no ${target ? `column ${missing[0]?.name} in ` : ''}table ${idOf(table)}, which the backup has rows for`,
  )
}

async function setNumbers(tx: Queryable, table: BackupTable, target: OwnTable | undefined): Promise<void> {
  if (!table.sequence || !target?.sequence) return
  await tx.query(setSequence, [target.sequence, table.sequence.value, table.sequence.isCalled])
}

/** Read back as a backup reads it: what is in the table now is what was written, to the last digit. */
async function compare(tx: Queryable, table: BackupTable, written: TableSum): Promise<void> {
  const digest = new RowDigest()
  for await (const batch of readRows(tx, table)) for (const line of batch) digest.add(line)
  if (digest.rows === written.rows && digest.toString() === written.digest) return
  throw new Error(`${written.table} did not come back as it was (${digest.rows} of ${written.rows} rows): nothing was restored`)
}

function idOf({ schema, name }: BackupTable): string {
  return `${schema}.${name}`
}

function refuse(message: string): ConfigurationError {
  return new ConfigurationError('config_invalid', message)
}

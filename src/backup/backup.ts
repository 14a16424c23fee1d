import type { Database, Queryable } from '../database/index.ts'
import { writeBackupFile } from './backup-file.ts'
import { type OwnTable, ownTables } from './own-tables.ts'
import { RowDigest } from './row-digest.ts'
import { beginSnapshot } from './sql/begin-snapshot.ts'
import { closeCursor } from './sql/close-cursor.ts'
import { fetchRows } from './sql/fetch-rows.ts'
import { findMigrations, type MigrationRow } from './sql/find-migrations.ts'
import { findState, type StateRow } from './sql/find-state.ts'
import { openCursor } from './sql/open-cursor.ts'
import { readSequence } from './sql/read-sequence.ts'
import { settleForms } from './sql/settle-forms.ts'

/** Of the file, and of what is in it. */
export const backupFormat = 1

/** The first line of a backup. */
export interface BackupHead {
  format: number
  /** The version of Catraca that made it. */
  catraca: string
  /** ISO 8601: everything is as it was then. */
  takenAt: string
  postgres: string
  /** Of the schema that the rows have. */
  migrations: MigrationRow[]
  /** False on Supabase: its vault is its own, and its secrets are not in the file. */
  hasSecrets: boolean
  /** Calls that were not booked yet. Where the backup is restored, they count as orphaned, at what they held. */
  callsUnderWay: number
  tables: BackupTable[]
}

export interface BackupTable {
  schema: string
  name: string
  columns: { name: string; type: string }[]
  /** Where the numbers of new rows go on. */
  sequence?: { value: string; isCalled: boolean }
}

export interface TableSum {
  /** `schema.name` */
  table: string
  rows: number
  /** Of the rows, in whatever order. */
  digest: string
}

export interface BackupReport {
  head: BackupHead
  tables: TableSum[]
}

export interface BackupOptions {
  /** As the owner of the tables. */
  database: Database
  path: string
  /** Of Catraca. */
  version: string
  /** Asked in the snapshot itself. */
  countCallsUnderWay(on: Queryable): Promise<number>
  onTable?: (sum: TableSum) => void
}

const rowsAtOnce = 1_000

/**
 * Writes all rows of ours, as they were at one moment, into one file. Calls go on meanwhile. Rejects with ConfigurationError where the file
 * exists already.
 */
export async function writeBackup({ database, path, version, countCallsUnderWay, onTable }: BackupOptions): Promise<BackupReport> {
  return await database.transaction(async (tx) => {
    await tx.query(beginSnapshot)
    await tx.query(settleForms)
    const tables = (await ownTables(tx)).filter(({ isKept }) => isKept)
    const head = await readHead(tx, tables, version, await countCallsUnderWay(tx))
    const sums: TableSum[] = []
    const lines = async function* () {
      yield `${JSON.stringify(head)}\n`
      for (const table of tables) {
        yield `${JSON.stringify({ table: table.id })}\n`
        const digest = new RowDigest()
        for await (const batch of readRows(tx, table)) {
          for (const line of batch) digest.add(line)
          if (batch.length > 0) yield `${batch.join('\n')}\n`
        }
        const sum = { table: table.id, rows: digest.rows, digest: digest.toString() }
        sums.push(sum)
        onTable?.(sum)
        yield `${JSON.stringify({ end: sum })}\n`
      }
      yield `${JSON.stringify({ complete: { tables: sums.length, rows: sums.reduce((all, { rows }) => all + rows, 0) } })}\n`
    }
    await writeBackupFile(path, lines())
    return { head, tables: sums }
  })
}

async function readHead(tx: Queryable, tables: readonly OwnTable[], version: string, callsUnderWay: number): Promise<BackupHead> {
  const [state] = await tx.query<StateRow>(findState)
  const described: BackupTable[] = []
  for (const { schema, name, columns, sequence } of tables) {
    const [at] = sequence === null ? [] : await tx.query<{ value: string; is_called: boolean }>(readSequence(sequence))
    described.push({ schema, name, columns, ...(at && { sequence: { value: at.value, isCalled: at.is_called } }) })
  }
  return {
    format: backupFormat,
    catraca: version,
    takenAt: new Date().toISOString(),
    postgres: state?.postgres ?? '',
    migrations: await tx.query<MigrationRow>(findMigrations),
    hasSecrets: state?.has_own_vault ?? false,
    callsUnderWay,
    tables: described,
  }
}

/** The rows of one table as lines, some at a time. In a transaction for which `settleForms` was said. */
export async function* readRows(tx: Queryable, table: Pick<BackupTable, 'schema' | 'name' | 'columns'>): AsyncGenerator<string[]> {
  await tx.query(openCursor(table))
  for (;;) {
    const rows = await tx.query<{ line: string }>(fetchRows(rowsAtOnce))
    if (rows.length === 0) break
    yield rows.map(({ line }) => line)
  }
  await tx.query(closeCursor)
}

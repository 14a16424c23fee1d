import { type BackupHead, type BackupReport, type BackupTable, backupFormat, type TableSum } from './backup.ts'
import { readBackupFile, refuseFile } from './backup-file.ts'
import { RowDigest } from './row-digest.ts'

/** What a file says, in its order. */
export interface BackupVisitor {
  head?(head: BackupHead): Promise<void> | void
  rows?(table: BackupTable, lines: readonly string[]): Promise<void>
  end?(table: BackupTable, sum: TableSum): Promise<void> | void
}

const rowsAtOnce = 1_000
/** A statement of this many characters at the most, unless one row alone is longer. */
const charactersAtOnce = 4_000_000

/**
 * Reads a backup from its first line to its last and hands on what is in it. Rejects with ConfigurationError, in words, where the file is not whole:
 * torn, damaged, or with a table whose rows are not those that were written.
 */
export async function readBackup(path: string, visitor: BackupVisitor = {}): Promise<BackupReport> {
  const lines = readBackupFile(path)
  try {
    return await readLines(path, lines, visitor)
  } finally {
    await lines.return(undefined)
  }
}

async function readLines(path: string, lines: AsyncGenerator<string>, visitor: BackupVisitor): Promise<BackupReport> {
  const head = parseHead(path, (await lines.next()).value)
  await visitor.head?.(head)
  const sums: TableSum[] = []
  for (const table of head.tables) {
    const id = `${table.schema}.${table.name}`
    if (parse(path, (await lines.next()).value).table !== id) throw notWhole(path, `${id} is missing`)
    const sum = await readTable(path, lines, table, visitor)
    sums.push(sum)
    await visitor.end?.(table, sum)
  }
  const { complete } = parse(path, (await lines.next()).value)
  if (complete === undefined) throw notWhole(path, 'its last line is missing')
  return { head, tables: sums }
}

async function readTable(path: string, lines: AsyncGenerator<string>, table: BackupTable, visitor: BackupVisitor): Promise<TableSum> {
  const digest = new RowDigest()
  let batch: string[] = []
  let characters = 0
  const flush = async () => {
    if (batch.length > 0) await visitor.rows?.(table, batch)
    batch = []
    characters = 0
  }
  for (;;) {
    const { value: line, done } = await lines.next()
    if (done) throw notWhole(path, `${table.schema}.${table.name} has no end`)
    if (line.startsWith('{')) {
      await flush()
      return compare(path, table, digest, parse(path, line).end as TableSum | undefined)
    }
    digest.add(line)
    batch.push(line)
    characters += line.length
    if (batch.length >= rowsAtOnce || characters >= charactersAtOnce) await flush()
  }
}

function compare(path: string, table: BackupTable, found: RowDigest, written: TableSum | undefined): TableSum {
  const id = `${table.schema}.${table.name}`
  if (written?.table === id && written.rows === found.rows && written.digest === found.toString()) return written
  throw notWhole(path, `${id} has ${found.rows} rows, and not the ${written?.rows ?? 0} that were written`)
}

function parseHead(path: string, line: unknown): BackupHead {
  const head = parse(path, line)
  if (typeof head.format !== 'number' || !Array.isArray(head.tables)) throw refuseFile(`${path} is no backup of Catraca's`)
  if (head.format !== backupFormat) {
    throw refuseFile(
      `${path} was made by a newer Catraca (${head.catraca}), in a form that this version does not know: update Catraca first`,
    )
  }
  return head as unknown as BackupHead
}

function parse(path: string, line: unknown): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(String(line))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw line === undefined
    ? notWhole(path, 'it ends too early')
    : refuseFile(`${path} is damaged, or is no backup of Catraca's. Nothing was changed`)
}

function notWhole(path: string, why: string) {
  return refuseFile(`${path} is not whole: ${why}. Nothing was changed`)
}

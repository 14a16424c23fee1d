import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BackupReport, writeBackup } from '../backup/index.ts'
import type { Config } from '../config/index.ts'
import { countCallsUnderWay } from '../ledger/index.ts'
import { version } from '../shared/version.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { findRunningGateway } from './find-running-gateway.ts'
import { formatCount } from './format.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface BackupCommandOptions extends CommandOptions {
  to?: string
}

/** The spool is booked within milliseconds; longer than this the database itself has a problem. */
const longestWaitMs = 10_000
const pollEveryMs = 50

export const addBackupCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('backup')
    .description('write everything in the database into one file, as it is at one moment; the gateway may go on answering')
    .option('--to <file>', 'the file (default catraca-backup-<time>.jsonl.gz here); one that is there already is not written over')
  example(withJson(onStore(command)), 'npx catraca backup', 'npx catraca backup --to /backups/catraca-monday.jsonl.gz --json').action(
    async (options: BackupCommandOptions) => {
      const path = resolve(options.to ?? `catraca-backup-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}.jsonl.gz`)
      await withStore(terminal, options, async ({ owner }, config) => {
        const waiting = await settleSpool(terminal, config)
        const report = await writeBackup({ database: owner, path, version, countCallsUnderWay, onTable: progress(terminal) })
        const { size } = await stat(path)
        answer(terminal, options, toJson(path, size, report, waiting), () => describe(path, size, report, config, terminal))
      })
    },
  )
}

/**
 * A call's record is in the gateway's spool before it is in the database. Waits until those of the gateway here are booked; answers how many
 * were not in time.
 */
async function settleSpool(terminal: Terminal, config: Config): Promise<number> {
  const url = await findRunningGateway(config.host, config.port)
  if (url === undefined) {
    if (await hasSpool(config.dataDir)) {
      terminal.err(
        `There are records in ${join(config.dataDir, 'spool')} that may not be booked yet, and no gateway answers on port ${config.port}: ` +
          'if none runs, start it once and take the backup again',
      )
    }
    return 0
  }
  const patience = AbortSignal.timeout(longestWaitMs)
  for (;;) {
    const depth = await readSpoolDepth(url)
    if (depth === 0 || patience.aborted) {
      if (depth > 0) terminal.err(`${depth} records of the gateway on ${url} are not booked yet and are not in this backup`)
      return depth
    }
    await delay(pollEveryMs)
  }
}

async function readSpoolDepth(url: string): Promise<number> {
  try {
    const body = (await (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).json()) as { spool?: number }
    return body.spool ?? 0
  } catch {
    return 0
  }
}

async function hasSpool(dataDir: string): Promise<boolean> {
  const folder = join(dataDir, 'spool')
  const names = await readdir(folder).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.some((size) => size > 0)
}

/** Shared with `restore`: a line for each table that holds much. */
export function progress(terminal: Terminal): (sum: { table: string; rows: number }) => void {
  return ({ table, rows }) => {
    if (rows >= 10_000) terminal.err(`${table}: ${formatCount(rows, terminal.locale)} rows`)
  }
}

function toJson(path: string, bytes: number, { head, tables }: BackupReport, waiting: number): object {
  const { catraca, takenAt, callsUnderWay, hasSecrets, migrations } = head
  return {
    file: path,
    bytes,
    catraca,
    taken_at: takenAt,
    schema: migrations.at(-1)?.version,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    calls_under_way: callsUnderWay,
    unbooked_records: waiting,
    has_secrets: hasSecrets,
    tables,
  }
}

function describe(path: string, bytes: number, { head, tables }: BackupReport, config: Config, terminal: Terminal): string {
  const count = (of: number) => formatCount(of, terminal.locale)
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const lines = [`Wrote ${path}: ${count(rows)} rows of ${tables.length} tables, ${(bytes / 1e6).toFixed(1)} MB, readable by you alone.`]
  if (head.callsUnderWay > 0) {
    lines.push(
      `${count(head.callsUnderWay)} calls were under way: where this is restored, they count as orphaned, at the most that they could cost.`,
    )
  }
  if (head.hasSecrets) {
    const place = config.masterKey === undefined ? join(config.dataDir, 'master-key') : 'CATRACA_MASTER_KEY'
    lines.push(
      `The stored keys are in it sealed. What opens them is not: keep the master key (${place}) too, and in another place than this file.`,
    )
  } else
    lines.push("The stored keys are not in it: Supabase's vault keeps them. Store them again where it is restored (npx catraca setup).")
  lines.push(
    'It is not encrypted: it holds conversations, e-mails and hashes of passwords and keys.',
    `Try it: DATABASE_URL= npx catraca restore ${path} --data-dir /tmp/try`,
  )
  return `${lines.join('\n')}\n`
}

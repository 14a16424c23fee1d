import { resolve } from 'node:path'
import { type RestoreReport, restoreBackup } from '../backup/index.ts'
import type { Config } from '../config/index.ts'
import type { Database } from '../database/index.ts'
import { startOfAudit } from '../ledger/index.ts'
import { keepPartitions } from '../usage/index.ts'
import { checkSecrets, configuredMasterKey, presentMasterKey, type SecretCheck } from '../vault/index.ts'
import { type AuditReport, runAudit } from './audit/run-audit.ts'
import { progress } from './backup.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { Exit } from './failure.ts'
import { formatCount } from './format.ts'
import { answer, type Terminal } from './terminal.ts'
import { configFor, withDatabase } from './with-store.ts'

interface RestoreCommandOptions extends CommandOptions {
  force?: boolean
}

interface Outcome {
  report: RestoreReport
  secrets: SecretCheck
  audit: AuditReport
}

export const addRestoreCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('restore')
    .description('put a backup into a new database, bring that up to date, and count its books again. Exit code 1 where anything is amiss')
    .argument('<file>', 'as catraca backup wrote it')
    .option('--force', 'replace everything of ours that is in the database')
  example(
    withJson(onStore(command)),
    'npx catraca restore catraca-backup-20261122T120000Z.jsonl.gz --data-dir /tmp/try',
    'DATABASE_URL=postgres://user:password@host/new npx catraca restore catraca-monday.jsonl.gz',
  ).action(async (file: string, options: RestoreCommandOptions) => {
    const config = configFor(terminal, options)
    const outcome = await withDatabase(terminal, config, 'catraca-restore', (database) =>
      restore(database, resolve(file), options, config, terminal),
    )
    answer(terminal, options, toJson(outcome), () => describe(outcome, config, terminal))
    if (!outcome.audit.ok || outcome.secrets.failed.length > 0) throw new Exit(1)
  })
}

async function restore(
  database: Database,
  path: string,
  { force = false }: RestoreCommandOptions,
  config: Config,
  terminal: Terminal,
): Promise<Outcome> {
  terminal.err(`Reading ${path} …`)
  const report = await restoreBackup({ database, path, force, onTable: progress(terminal) })
  // Rows of months that this database had no partition for.
  await keepPartitions(database, { retentionMonths: undefined })
  const source = configuredMasterKey(config, presentMasterKey)
  const secrets = report.hasSecrets ? await checkSecrets(database, source) : { opened: 0, failed: [], keyIds: [] }
  terminal.err('Counting the books again …')
  const scope = { clientId: undefined, since: await startOfAudit(database, undefined, undefined), rebuildRollups: false }
  return { report, secrets, audit: await runAudit(database, scope, () => {}) }
}

function toJson({ report, secrets, audit }: Outcome): object {
  const { head, tables, migrated } = report
  return {
    catraca: head.catraca,
    taken_at: head.takenAt,
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    calls_under_way: head.callsUnderWay,
    migrated,
    secrets: { opened: secrets.opened, failed: secrets.failed.map(({ id, name, keyId }) => ({ id, name, master_key: keyId ?? null })) },
    audit,
    tables,
  }
}

function describe({ report, secrets, audit }: Outcome, config: Config, terminal: Terminal): string {
  const count = (of: number) => formatCount(of, terminal.locale)
  const { head, tables, migrated } = report
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const lines = [
    `Restored what Catraca ${head.catraca} had at ${head.takenAt}: ${count(rows)} rows of ${tables.length} tables, each compared with the file.`,
  ]
  if (migrated.length > 0) lines.push(`Brought up to date: ${migrated.join(', ')}.`)
  if (head.callsUnderWay > 0)
    lines.push(`${count(head.callsUnderWay)} calls were under way then: a running gateway books them as orphaned once their time is up.`)
  lines.push(...describeSecrets(report, secrets, config, terminal))
  lines.push(
    audit.ok
      ? terminal.style('green', `The books are in order (${count(audit.rows)} rows, ${count(audit.periods)} periods).`)
      : terminal.style(
          'red',
          `The books have ${count(audit.differences_found)} differences: npx catraca audit lists them. The backup had them too.`,
        ),
  )
  return `${lines.join('\n')}\n`
}

function describeSecrets({ hasSecrets }: RestoreReport, secrets: SecretCheck, config: Config, terminal: Terminal): string[] {
  if (!hasSecrets) return ["Stored keys were not restored (Supabase's vault keeps its own): store them again, npx catraca setup."]
  if (secrets.failed.length === 0) return [`All ${secrets.opened} stored secrets open with the master key that is here.`]
  const names = secrets.failed.map(({ id, name }) => name ?? id).join(', ')
  const wanted = [...new Set(secrets.failed.flatMap(({ keyId }) => keyId ?? []))].join(' or ')
  const place = config.masterKey === undefined ? `${config.dataDir}/master-key` : 'CATRACA_MASTER_KEY'
  const here = secrets.keyIds.length === 0 ? 'there is none' : `there is ${secrets.keyIds.join(' and ')}`
  return [
    terminal.style('red', `${secrets.failed.length} of ${secrets.failed.length + secrets.opened} stored secrets do not open: ${names}.`),
    `They are sealed with master key ${wanted || 'unknown'}, and in ${place} ${here}. Put the one there that the backed-up gateway had;`,
    'until then the gateway does not start on this database. If it is lost, the keys must be stored again: npx catraca vault rotate --old-key-lost',
  ]
}

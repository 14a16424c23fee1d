import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { startEmbedded } from '../database/index.ts'
import { openStore } from '../gateway/index.ts'
import { openSecret } from '../shared/secret.ts'
import { dropArchivedMonth, listArchive } from '../usage/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { type Column, right, table } from './table.ts'
import { answer, noticeLog, type Terminal } from './terminal.ts'
import { configFor, withStore } from './with-store.ts'

export const addDbCommands: AddCommands = (program, terminal) => {
  const group = program.command('db').description('the database: its address for psql, stopping it, archived months')
  addUrl(group, terminal)
  addStop(group, terminal)
  const archive = group.command('archive').description('months of usage rows that were put away (CATRACA_RETENTION_MONTHS)')
  addArchiveList(archive, terminal)
  addArchiveDrop(archive, terminal)
}

function addUrl(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('url'))).description(
    "the database's address, for psql and other tools; it holds a password",
  )
  example(command, 'psql "$(npx catraca db url)"').action(async (options: CommandOptions) => {
    const config = configFor(terminal, options)
    const log = noticeLog(terminal)
    const given = config.databaseUrl && openSecret(config.databaseUrl, (value) => value)
    if (given !== undefined) {
      answer(terminal, options, { url: given, started: false }, () => given)
      return
    }
    const store = await openStore({ ...config, log })
    await store.close({ keepServer: true })
    answer(terminal, options, { url: store.url, started: store.startedServer }, () => store.url)
    if (store.startedServer) terminal.err('PostgreSQL was started for this and stays running; stop it with: npx catraca db stop')
  })
}

function addStop(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('stop'))).description('stop the PostgreSQL inside, unless a gateway uses it')
  example(command, 'npx catraca db stop').action(async (options: CommandOptions) => {
    const config = configFor(terminal, options)
    if (config.databaseUrl !== undefined) throw new UsageError('DATABASE_URL is set: that server is not ours to stop')
    // PostgreSQL's own lock file: without it there is nothing to stop, and looking must not start one.
    const isRunning = existsSync(join(config.dataDir, 'postgres', 'postmaster.pid'))
    if (isRunning) {
      const server = await startEmbedded({ dataDir: config.dataDir, onProgress: (line) => terminal.err(line) })
      if (!(await server.stopIfLast())) throw new Error('PostgreSQL is in use by a running gateway or command: stop that first (Ctrl-C)')
    }
    answer(terminal, options, { stopped: isRunning }, () => (isRunning ? 'PostgreSQL is stopped.' : 'PostgreSQL was not running.'))
  })
}

const archiveColumns: readonly Column[] = ['MONTH', 'PUT AWAY', right('MB'), 'DROPPED']

function addArchiveList(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('list'))).description('which months were put away, and whether their rows are still there')
  example(command, 'npx catraca db archive list').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const months = await listArchive(owner)
      const day = (at: Date | null) => at?.toISOString().slice(0, 10) ?? '-'
      const cells = months.map(({ month, archived_at, dropped_at, bytes }) => [
        month,
        day(archived_at),
        bytes === null ? '-' : (Number(bytes) / 1e6).toFixed(1),
        day(dropped_at),
      ])
      answer(
        terminal,
        options,
        months.map((month) => ({ ...month, bytes: month.bytes === null ? null : Number(month.bytes) })),
        () => (months.length === 0 ? 'No month was put away.' : table(archiveColumns, cells, terminal)),
      )
    }),
  )
}

function addArchiveDrop(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('drop').argument('<month>', 'as in the list: 2025-07'))).description(
    'delete the rows of a month that was put away, for good; sums by hour and day stay',
  )
  example(command, 'npx catraca db archive drop 2025-07').action((month: string, options: CommandOptions) => {
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new UsageError(`"${month}" is no month: write it as 2025-07`)
    return withStore(terminal, options, async ({ owner }) => {
      const found = (await listArchive(owner)).find((one) => one.month === month)
      if (found?.bytes == null) throw new UsageError(`The rows of ${month} are not in the archive: npx catraca db archive list`)
      await dropArchivedMonth(owner, month)
      answer(terminal, options, { dropped: month }, () => `The rows of ${month} are deleted. Sums by hour and day stay.`)
    })
  })
}

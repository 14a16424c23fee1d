import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { startEmbedded } from '../database/index.ts'
import { openStore } from '../gateway/index.ts'
import { openSecret } from '../shared/secret.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { answer, noticeLog, type Terminal } from './terminal.ts'
import { configFor } from './with-store.ts'

export const addDbCommands: AddCommands = (program, terminal) => {
  const group = program.command('db').description('the database itself')
  addUrl(group, terminal)
  addStop(group, terminal)
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
    const server = await startEmbedded({ dataDir: config.dataDir, onProgress: log.info })
    const store = await openStore({ ...config, log })
    await store.close({ keepServer: true })
    answer(terminal, options, { url: store.url, started: server.started }, () => store.url)
    if (server.started) terminal.err('PostgreSQL was started for this and stays running; stop it with: npx catraca db stop')
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

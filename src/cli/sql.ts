import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { openTextSession, type TextSession } from '../database/index.ts'
import { type AddCommands, example, onStore } from './command.ts'
import { Exit } from './failure.ts'
import { readStdin } from './read-stdin.ts'
import { ScriptStopped, SqlShell, type SqlShellOptions } from './sql-shell/sql-shell.ts'
import type { Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface SqlOptions {
  command?: string
  file?: string
  dataDir?: string
}

/** As psql: a script that was stopped by an error. */
const stopped = 3

export const addSqlCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('sql')
    .description("SQL at a prompt, from a file or from standard input, in a session that may read the vault's keys")
    .option('-c, --command <sql>', 'run this and end')
    .option('-f, --file <path>', 'run this script and end')
  example(
    onStore(command),
    'npx catraca sql',
    'npx catraca sql -f script.sql',
    'npx catraca sql -c "select slug, plan from clients"',
  ).action((options: SqlOptions) =>
    withStore(terminal, options, async ({ url, vault }) => {
      const session = await openTextSession(url, (line) => terminal.err(line))
      const common = { session, unseal: vault.unsealInto, out: terminal.out, err: terminal.err }
      try {
        if (options.command !== undefined) await runText(common, options.command, 'command')
        else if (options.file !== undefined)
          await runText({ ...common, file: `catraca:${options.file}` }, await readFile(options.file, 'utf8'), 'script')
        else if (process.stdin.isTTY) await prompt(common, terminal, session)
        else await runText(common, await readStdin(), 'script')
      } finally {
        await session.close()
      }
    }),
  )
}

/** A script goes on after an error unless ON_ERROR_STOP says otherwise; a failed `-c` is a failed command. */
async function runText(options: SqlShellOptions, text: string, kind: 'command' | 'script'): Promise<void> {
  const shell = new SqlShell(options)
  try {
    for (const line of text.replace(/\r?\n$/, '').split(/\r?\n/)) if (!(await shell.read(line))) return
    await shell.finish()
  } catch (error) {
    if (error instanceof ScriptStopped) throw new Exit(stopped)
    throw error
  }
  if (kind === 'command' && shell.failed) throw new Exit(1)
}

const promptMarks = { start: '=', statement: '-', quote: "'", identifier: '"', comment: '*', dollar: '$', parenthesis: '(' } as const

async function prompt(options: SqlShellOptions, terminal: Terminal, session: TextSession): Promise<void> {
  terminal.err('SQL, ended by a semicolon. \\? for help, \\q to quit. This session may read keys: vault.decrypted_secrets.')
  const shell = new SqlShell(options)
  // What is typed here may be a key: the history stays in memory.
  const lines = createInterface({ input: process.stdin, output: process.stdout })
  const show = () => {
    lines.setPrompt(`catraca${promptMarks[shell.state]}${session.status === 'open' ? '*' : session.status === 'failed' ? '!' : ''}> `)
    lines.prompt()
  }
  let isRunning = false
  lines.on('SIGINT', () => {
    if (isRunning) {
      session.cancel().catch(() => {})
      return
    }
    shell.reset()
    terminal.out('\n')
    show()
  })
  show()
  for await (const line of lines) {
    isRunning = true
    const goesOn = shell.state === 'start' && /^\s*(?:quit|exit)\s*;?\s*$/i.test(line) ? false : await shell.read(line).catch(orGoOn)
    isRunning = false
    if (!goesOn) break
    show()
  }
  lines.close()
}

/** At a prompt ON_ERROR_STOP stops the line, not the session. */
function orGoOn(error: unknown): boolean {
  if (error instanceof ScriptStopped) return true
  throw error
}

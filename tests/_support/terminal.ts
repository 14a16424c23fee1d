import { runCli } from '../../src/cli/index.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

export interface TestTerminal extends Terminal {
  stdout: string
  stderr: string
}

/** A terminal that remembers what was said, in English and without colours. */
export function createTestTerminal(env: Terminal['env'], locale: Terminal['locale'] = 'en'): TestTerminal {
  const terminal: TestTerminal = {
    env,
    locale,
    isInteractive: false,
    stdout: '',
    stderr: '',
    out: (text) => {
      terminal.stdout += text
    },
    err: (line) => {
      terminal.stderr += `${line}\n`
    },
    style: (_style, text) => text,
  }
  return terminal
}

export interface CliRun {
  code: number
  stdout: string
  stderr: string
  /** `stdout` as JSON. */
  json<T>(): T
}

/** One command in this process, against the database that `env` names. */
export async function runCommand(env: Terminal['env'], ...argv: string[]): Promise<CliRun> {
  const terminal = createTestTerminal(env)
  const up = async () => {
    throw new Error('not in this test')
  }
  const code = await runCli(argv, { up, terminal })
  const { stdout, stderr } = terminal
  return { code, stdout, stderr, json: <T>() => JSON.parse(stdout) as T }
}

import { Command, CommanderError, Help } from 'commander'
import { version } from '../shared/version.ts'
import { describeFailure, Exit, oneLine, UsageError } from './failure.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { addUpCommand, type StartGateway } from './up.ts'
import type { SimulateWhatsApp } from './whatsapp/simulate.ts'

const firstSteps = `
First steps:
  $ npx catraca up                                        leave it running; the rest in another terminal
  $ npx catraca setup                                     your provider keys; without them it is a demo
  $ npx catraca client add --slug acme --name Acme --enable
  $ npx catraca budget set acme --type brl --limit 50 --period monthly --hard
  $ npx catraca key create acme --name bot                what its program sends as its API key
  $ npx catraca usage                                     what was called, and what it cost

"npx catraca COMMAND --help" has examples. Every page: docs/README.md, or /docs on a running gateway.`

/** What the commands cannot do themselves: starting the whole process is the composition's. */
export interface CliParts {
  up: StartGateway
  simulate?: SimulateWhatsApp
  terminal?: Terminal
}

/**
 * Runs one command and returns its exit code: 0, 1 for what failed, 2 for what was typed wrong, or the command's own.
 *
 * @example
 * process.exitCode = await runCli(process.argv.slice(2), { up })
 */
export async function runCli(argv: readonly string[], { up, simulate, terminal = processTerminal() }: CliParts): Promise<number> {
  try {
    const program = createProgram(terminal, up)
    // A gateway runs for months: it does without what the other commands bring along.
    if (argv[0] !== 'up') (await import('./add-commands.ts')).addCommands(program, terminal, simulate)
    sayWhatIsWrong(program, 'npx catraca', terminal)
    await program.parseAsync(argv, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof Exit) return error.exitCode
    // Commander has said it already, by `outputError`.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    terminal.err(`catraca: ${describeFailure(error)}`)
    if (terminal.env.CATRACA_DEBUG === '1' && error instanceof Error) terminal.err(error.stack ?? '')
    return error instanceof UsageError ? 2 : 1
  }
}

/** With `up` alone. */
export function createProgram(terminal: Terminal, up: StartGateway): Command {
  const program = new Command('catraca')
    .description('Multi-tenant AI gateway: budgets that hold, in tokens, reais or dollars.')
    .version(version, '-v, --version', 'show the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text.trimEnd()),
    })
    .configureHelp({
      optionDescription: (option) => `${new Help().optionDescription(option)}${option.mandatory ? ' (required)' : ''}`,
    })
    .addHelpText('after', firstSteps)
    .commandsGroup('Start:')
  addUpCommand(program, terminal, up)
  return program
}

/** Where something is missing or unknown, with the help that lists what there is. */
function sayWhatIsWrong(command: Command, path: string, terminal: Terminal): void {
  command.configureOutput({
    outputError: (text) => {
      const wrong = oneLine(text.replace(/^error: /, ''))
      const isListed = /^(?:unknown|missing|required|too many) /.test(wrong)
      terminal.err(`catraca: ${isListed ? `${wrong.replace(/\.$/, '')}: see ${path} --help` : wrong}`)
    },
  })
  for (const below of command.commands) sayWhatIsWrong(below, `${path} ${below.name()}`, terminal)
}

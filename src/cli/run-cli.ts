import { Command, CommanderError, Help } from 'commander'
import { version } from '../shared/version.ts'
import { addAlertsCommand } from './alerts.ts'
import { addAuditCommand } from './audit.ts'
import { addBackupCommand } from './backup.ts'
import { addBudgetCommands } from './budget.ts'
import { addCacheCommands } from './cache.ts'
import { addClientCommands } from './client.ts'
import type { AddCommands } from './command.ts'
import { addCompletionCommand } from './completion/completion.ts'
import { addDbCommands } from './db.ts'
import { addDoctorCommand } from './doctor.ts'
import { addDriftCommand } from './drift.ts'
import { addEmulatorCommand } from './emulator.ts'
import { addExplainCommand } from './explain.ts'
import { describeFailure, Exit, oneLine, UsageError } from './failure.ts'
import { addGuardrailsCommands } from './guardrails.ts'
import { addKeyCommands } from './key.ts'
import { addMigrateCommand } from './migrate.ts'
import { addModelsCommands } from './models.ts'
import { addNotifyCommands } from './notify.ts'
import { addProviderCommands } from './provider.ts'
import { addRestoreCommand } from './restore.ts'
import { addRouteCommands } from './route.ts'
import { addSetupCommand } from './setup.ts'
import { addSqlCommand } from './sql.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { addTopCommand } from './top.ts'
import { addUpCommand, type StartGateway } from './up.ts'
import { addUsageCommand } from './usage.ts'
import { addUserCommands } from './user.ts'
import { addVaultCommands } from './vault.ts'
import type { SimulateWhatsApp } from './whatsapp/simulate.ts'
import { addWhatsAppCommands } from './whatsapp/whatsapp.ts'

/** As the help lists them. */
const groups: readonly [heading: string, adds: readonly AddCommands[]][] = [
  ['Start:', [addSetupCommand, addDoctorCommand]],
  ['Clients:', [addClientCommands, addKeyCommands, addBudgetCommands, addGuardrailsCommands, addCacheCommands]],
  [
    'Usage and alerts:',
    [addUsageCommand, addTopCommand, addExplainCommand, addAuditCommand, addDriftCommand, addAlertsCommand, addNotifyCommands],
  ],
  ['Models and providers:', [addModelsCommands, addProviderCommands, addRouteCommands]],
  ['Log-in and secrets:', [addUserCommands, addVaultCommands]],
  ['Database:', [addSqlCommand, addDbCommands, addMigrateCommand, addBackupCommand, addRestoreCommand]],
  ['Tools:', [addEmulatorCommand, addCompletionCommand]],
]

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
    await createProgram(terminal, up, simulate).parseAsync(argv, { from: 'user' })
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

export function createProgram(terminal: Terminal, up: StartGateway, simulate?: SimulateWhatsApp): Command {
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
  for (const [heading, adds] of groups) {
    program.commandsGroup(heading)
    for (const add of adds) add(program, terminal)
  }
  program.commandsGroup('Clients:')
  addWhatsAppCommands(program, terminal, simulate)
  program.commandsGroup('Tools:').helpCommand(true)
  sayWhatIsWrong(program, 'npx catraca', terminal)
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

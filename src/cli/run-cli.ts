import { Command, CommanderError } from 'commander'
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
import { readVersion } from './read-version.ts'
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

const commands: readonly AddCommands[] = [
  addSetupCommand,
  addDoctorCommand,
  addClientCommands,
  addKeyCommands,
  addGuardrailsCommands,
  addCacheCommands,
  addBudgetCommands,
  addUsageCommand,
  addTopCommand,
  addExplainCommand,
  addAuditCommand,
  addDriftCommand,
  addAlertsCommand,
  addNotifyCommands,
  addProviderCommands,
  addModelsCommands,
  addRouteCommands,
  addUserCommands,
  addVaultCommands,
  addSqlCommand,
  addDbCommands,
  addMigrateCommand,
  addBackupCommand,
  addRestoreCommand,
  addEmulatorCommand,
  addCompletionCommand,
]

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
    .version(readVersion(), '-v, --version', 'show the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: (text) => terminal.err(`catraca: ${oneLine(text.replace(/^error: /, ''))}`),
    })
    .addHelpText('after', '\nStart with "catraca up". Each command has its own --help with an example.')
  addUpCommand(program, terminal, up)
  for (const add of commands) add(program, terminal)
  addWhatsAppCommands(program, terminal, simulate)
  return program
}

import type { Command } from 'commander'
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
import type { Terminal } from './terminal.ts'
import { addTopCommand } from './top.ts'
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

/** All commands but `up`. */
export function addCommands(program: Command, terminal: Terminal, simulate?: SimulateWhatsApp): void {
  for (const [heading, adds] of groups) {
    program.commandsGroup(heading)
    for (const add of adds) add(program, terminal)
  }
  program.commandsGroup('Clients:')
  addWhatsAppCommands(program, terminal, simulate)
  program.commandsGroup('Tools:').helpCommand(true)
}

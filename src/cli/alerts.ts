import { type Alert, alertToJson, describeAlert, listAlerts } from '../alerts/index.ts'
import { getClient } from '../clients/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, wholeNumber, withJson } from './command.ts'
import { formatTime } from './format.ts'
import { table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface AlertsOptions extends CommandOptions {
  client?: string
  limit: number
}

export const addAlertsCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('alerts')
    .description('what somebody should know: thresholds and limits of budgets, orphaned calls, prices, rates, dead letters')
    .option('--client <client>', 'slug or id (default all)')
    .option('--limit <number>', 'how many to show, newest first', wholeNumber(1), 50)
  example(withJson(onStore(command)), 'npx catraca alerts', 'npx catraca alerts --client luisboff --json').action(
    (options: AlertsOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const client = options.client === undefined ? undefined : await getClient(owner, options.client)
        const alerts = await listAlerts(owner, { clientId: client?.id, limit: options.limit })
        answer(terminal, options, alerts.map(alertToJson), () => alertTable(alerts, terminal))
      }),
  )
}

function alertTable(alerts: readonly Alert[], terminal: Terminal): string {
  if (alerts.length === 0) return 'No alerts.'
  const { locale } = terminal
  const columns = [{ title: 'TIME (UTC)' }, { title: 'CLIENT' }, { title: 'KIND' }, { title: 'DELIVERED' }, { title: 'ALERT' }]
  const rows = alerts.map((alert) => [
    formatTime(alert.createdAt, 'UTC', locale),
    alert.client?.slug ?? '-',
    alert.kind,
    alert.deliveredAt === null ? 'not yet' : formatTime(alert.deliveredAt, 'UTC', locale),
    describeAlert(alert, locale),
  ])
  return table(columns, rows, (line) => terminal.style('bold', line))
}

/** Amounts are in the budget's own unit. */

import type { Command } from 'commander'
import { type Alert, alertToJson, describeAlert, listAlerts } from '../alerts/index.ts'
import { checkAlert, type Delivery, type DeliveryState, findDeliveryStates, listDeliveries, resendAlert } from '../notifications/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, wholeNumber, withJson } from './command.ts'
import { formatTime } from './format.ts'
import { namedClient } from './named-client.ts'
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
        const client = await namedClient(owner, options.client)
        const alerts = await listAlerts(owner, { clientId: client?.id, limit: options.limit })
        const states = await findDeliveryStates(owner, alerts)
        const json = alerts.map((alert) => ({ ...alertToJson(alert), delivery: states.get(alert.id) }))
        answer(terminal, options, json, () => alertTable(alerts, states, terminal))
      }),
  )
  addResend(command, terminal)
  addDeliveries(command, terminal)
}

function addResend(alerts: Command, terminal: Terminal): void {
  const command = withJson(onStore(alerts.command('resend').argument('<alert>', 'id, as with --json'))).description(
    'send it again by every channel that it goes to, under the same id; a running gateway does it',
  )
  example(command, 'npx catraca alerts resend 0f8fad5b-d9cb-469f-a165-70867728950e').action(
    async (id: string, _own: CommandOptions, self: Command) => {
      // What both know stands with the outer one.
      const options = self.optsWithGlobals<CommandOptions>()
      await withStore(terminal, options, async ({ owner }) => {
        const queued = await resendAlert(owner, id)
        answer(terminal, options, { queued }, () =>
          queued === 0
            ? 'It goes to no channel: npx catraca notify list'
            : `Queued for ${queued} ${queued === 1 ? 'channel' : 'channels'}.`,
        )
      })
    },
  )
}

function addDeliveries(alerts: Command, terminal: Terminal): void {
  const command = withJson(onStore(alerts.command('deliveries').argument('<alert>', 'id, as with --json'))).description(
    'each attempt to send it, by channel',
  )
  example(command, 'npx catraca alerts deliveries 0f8fad5b-d9cb-469f-a165-70867728950e').action(
    async (id: string, _own: CommandOptions, self: Command) => {
      // What both know stands with the outer one.
      const options = self.optsWithGlobals<CommandOptions>()
      await withStore(terminal, options, async ({ owner }) => {
        await checkAlert(owner, id)
        const deliveries = await listDeliveries(owner, id)
        const json = deliveries.map(({ id: _id, channel_id: channel, ...each }) => ({ channel, ...each }))
        answer(terminal, options, json, () => deliveryTable(deliveries, terminal))
      })
    },
  )
}

function deliveryTable(deliveries: readonly Delivery[], terminal: Terminal): string {
  if (deliveries.length === 0) return 'It was sent to nobody but the log.'
  const columns = ['TIME (UTC)', 'KIND', 'ADDRESS', 'ATTEMPT', 'STATUS', 'CODE', 'ERROR']
  const rows = deliveries.map((delivery) => [
    formatTime(delivery.attempted_at ?? delivery.due_at, 'UTC', terminal.locale),
    delivery.kind,
    delivery.address,
    String(delivery.attempt),
    delivery.status,
    delivery.response_code === null ? '-' : String(delivery.response_code),
    delivery.error ?? '-',
  ])
  return table(columns, rows, terminal)
}

function alertTable(alerts: readonly Alert[], states: ReadonlyMap<string, DeliveryState>, terminal: Terminal): string {
  if (alerts.length === 0) return 'No alerts.'
  const { locale } = terminal
  const columns = ['TIME (UTC)', 'CLIENT', 'KIND', 'DELIVERY', 'ALERT']
  const rows = alerts.map((alert) => [
    formatTime(alert.createdAt, 'UTC', locale),
    alert.client?.slug ?? '-',
    alert.kind,
    states.get(alert.id)?.replace('_', ' ') ?? '-',
    describeAlert(alert, locale),
  ])
  return table(columns, rows, terminal)
}

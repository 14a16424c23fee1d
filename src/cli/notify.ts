import { type Command, InvalidArgumentError } from 'commander'
import { type AlertKind, alertKinds } from '../alerts/index.ts'
import type { Config } from '../config/index.ts'
import type { Store } from '../gateway/index.ts'
import {
  addChannel,
  type Channel,
  type ChannelAdmin,
  type ChannelKind,
  changeChannel,
  channelKinds,
  channelToJson,
  createNotifier,
  createSenders,
  isFailing,
  listChannels,
  removeChannel,
  renewSecret,
  type TemplateWish,
} from '../notifications/index.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, withJson } from './command.ts'
import { Exit } from './failure.ts'
import { formatTime } from './format.ts'
import { namedClient } from './named-client.ts'
import { table } from './table.ts'
import { answer, noticeLog, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface AddOptions extends CommandOptions {
  client?: string
  alerts?: AlertKind[]
  locale?: 'pt-BR' | 'en'
}

interface TemplateOptions extends CommandOptions {
  from?: string
  template?: string
  templateLanguage?: string
}

const channelArgument = ['<channel>', 'id, as in the list'] as const

export const addNotifyCommands: AddCommands = (program, terminal) => {
  const group = program.command('notify').description('who is told of alerts: e-mail addresses, webhooks, WhatsApp numbers')
  addAdd(group, terminal)
  addTemplate(group, terminal)
  addList(group, terminal)
  addSwitch(group, terminal, 'on', 'tell it of alerts again')
  addSwitch(group, terminal, 'off', 'tell it of nothing; what is waiting to be sent waits')
  addRemove(group, terminal)
  addSecret(group, terminal)
  addTest(group, terminal)
}

function addAdd(group: Command, terminal: Terminal): void {
  const command = group
    .command('add')
    .description('add a channel; the secret of a webhook is shown once')
    .argument('<kind>', channelKinds.join(', '), parseKind)
    .argument('<address>', 'an e-mail address, an https URL, or a phone number such as +5511987654321')
    .option(
      '--client <client>',
      "slug or id: it hears of this client's budgets and hand-offs (default: the operator's own, which hears of everything)",
    )
    .option('--alerts <kinds>', `only these, with commas between: ${alertKinds.join(', ')}`, parseAlertKinds)
    .addOption(choice('--locale <locale>', "default the client's own; for the operator pt-BR", ['pt-BR', 'en']))
  example(
    withJson(onStore(withTemplate(command))),
    'npx catraca notify add email ops@example.com',
    'npx catraca notify add webhook https://example.com/catraca --alerts dead_letter,budget_exceeded',
    'npx catraca notify add email ana@example.com --client luisboff --locale en',
    'npx catraca notify add whatsapp +5511987654321 --from 106540352242922 --template alerta_de_uso',
  ).action((kind: ChannelKind, address: string, options: AddOptions & TemplateOptions) =>
    withStore(terminal, options, async (store, config) => {
      const { channel, secret } = await addChannel(adminOf(store, config), {
        clientId: (await namedClient(store.owner, options.client))?.id,
        kind,
        address,
        template: templateOf(options),
        alertKinds: options.alerts,
        locale: options.locale,
      })
      const told = `Added ${channel.id}. Try it: npx catraca notify test ${channel.id}`
      answer(terminal, options, { ...channelToJson(channel), secret: secret ?? null }, () => secret ?? told)
      if (!options.json && secret) terminal.err(`${told}\nThe secret above signs its webhooks; it is shown this once.`)
    }),
  )
}

function withTemplate(command: Command): Command {
  return command
    .option('--from <channel>', 'of kind whatsapp: the number that sends, by its id or phone number id (npx catraca whatsapp list)')
    .option('--template <name>', 'of kind whatsapp: an approved template with six places in its body')
    .option('--template-language <code>', 'of kind whatsapp (default pt_BR)')
}

/** Undefined where nothing of it was said. */
function templateOf({ from, template, templateLanguage }: TemplateOptions): TemplateWish | undefined {
  return (from ?? template ?? templateLanguage) ? { whatsappChannel: from, name: template, language: templateLanguage } : undefined
}

function addTemplate(group: Command, terminal: Terminal): void {
  const command = withTemplate(group.command('template').argument(...channelArgument)).description(
    'what a channel of kind whatsapp sends, and by which number; what is not named stays',
  )
  example(
    withJson(onStore(command)),
    'npx catraca notify template 0f8fad5b-d9cb-469f-a165-70867728950e --from 106540352242922 --template alerta_de_uso',
  ).action((id: string, options: TemplateOptions) =>
    withStore(terminal, options, async (store, config) => {
      const channel = await changeChannel(adminOf(store, config), id, { template: templateOf(options) ?? {} })
      answer(terminal, options, channelToJson(channel), () => `${channel.address} is sent ${channel.template?.name}.`)
    }),
  )
}

function addList(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('list'))).description('channels, and whether they work')
  command.option('--client <client>', 'slug or id (default all)')
  example(command, 'npx catraca notify list').action((options: CommandOptions & { client?: string }) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await namedClient(owner, options.client)
      const channels = await listChannels(owner, { clientId: client?.id })
      answer(terminal, options, channels.map(channelToJson), () => channelTable(channels, terminal))
    }),
  )
}

function channelTable(channels: readonly Channel[], terminal: Terminal): string {
  if (channels.length === 0) return 'Nobody is told of alerts. Add somebody: npx catraca notify add --help'
  const columns = ['ID', 'OF', 'KIND', 'ADDRESS', 'ALERTS', 'STATE']
  const rows = channels.map((channel) => [
    channel.id,
    channel.client?.slug ?? 'operator',
    channel.kind,
    channel.address,
    channel.alertKinds?.join(', ') ?? 'all',
    describeState(channel, terminal),
  ])
  return table(columns, rows, terminal)
}

function describeState(channel: Channel, { locale }: Terminal): string {
  const { isActive, failingSince, lastError } = channel
  if (!isActive) return 'off'
  if (failingSince === null) return 'on'
  const since = `since ${formatTime(failingSince, 'UTC', locale)} UTC: ${lastError}`
  return isFailing(channel, Date.now()) ? `FAILING ${since}` : `trying again ${since}`
}

function addSwitch(group: Command, terminal: Terminal, verb: 'on' | 'off', description: string): void {
  const command = withJson(onStore(group.command(verb).argument(...channelArgument))).description(description)
  example(command, `npx catraca notify ${verb} 0f8fad5b-d9cb-469f-a165-70867728950e`).action((id: string, options: CommandOptions) =>
    withStore(terminal, options, async (store, config) => {
      const channel = await changeChannel(adminOf(store, config), id, { isActive: verb === 'on' })
      answer(terminal, options, channelToJson(channel), () => `${channel.address} is ${verb}.`)
    }),
  )
}

function addRemove(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('remove').argument(...channelArgument))).description(
    'remove a channel, with its deliveries',
  )
  example(command, 'npx catraca notify remove 0f8fad5b-d9cb-469f-a165-70867728950e').action((id: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const channel = await removeChannel(owner, id)
      answer(terminal, options, { id: channel.id, removed: true }, () => `${channel.address} is told of nothing any more.`)
    }),
  )
}

function addSecret(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('secret').argument(...channelArgument))).description(
    'make a new secret for a webhook, shown once; the one before counts no more',
  )
  example(command, 'npx catraca notify secret 0f8fad5b-d9cb-469f-a165-70867728950e').action((id: string, options: CommandOptions) =>
    withStore(terminal, options, async (store, config) => {
      const secret = await renewSecret(adminOf(store, config), id)
      answer(terminal, options, { id, secret }, () => secret)
    }),
  )
}

function addTest(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('test').argument(...channelArgument))).description(
    'send a test now; exit code 1 where it is not taken',
  )
  example(command, 'npx catraca notify test 0f8fad5b-d9cb-469f-a165-70867728950e').action((id: string, options: CommandOptions) =>
    withStore(terminal, options, async (store, config) => {
      const senders = createSenders({ ...config.notifications, vault: store.vault })
      const notifier = createNotifier({ database: store.gateway, senders, publicUrl: config.publicUrl, log: noticeLog(terminal) })
      const { delivered, responseCode, error, errorCode } = await notifier.test(id)
      const code = responseCode === null ? '' : ` (${responseCode})`
      answer(terminal, options, { delivered, response_code: responseCode, error, error_code: errorCode }, () =>
        delivered ? `Taken${code}.` : `Not taken${code}: ${error}`,
      )
      if (!delivered) throw new Exit(1)
    }),
  )
}

function adminOf({ owner: db, vault }: Store, { notifications: { allowsLocal } }: Config): ChannelAdmin {
  return { db, vault, allowsLocal }
}

function parseKind(text: string): ChannelKind {
  const kind = channelKinds.find((known) => known === text)
  if (kind === undefined) throw new InvalidArgumentError(`It must be one of ${channelKinds.join(', ')}.`)
  return kind
}

function parseAlertKinds(text: string): AlertKind[] {
  return text.split(',').map((name) => {
    const kind = alertKinds.find((known) => known === name.trim())
    if (kind === undefined) throw new InvalidArgumentError(`It must be some of ${alertKinds.join(', ')} with commas between.`)
    return kind
  })
}

import { Argument, type Command } from 'commander'
import { type Client, changeClient, clientToJson, createClient, type ListedClient, listClients } from '../clients/index.ts'
import type { MoneyLocale } from '../shared/money.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, withJson } from './command.ts'
import { formatCount } from './format.ts'
import { formatCap, formatLimits, parseCount } from './limits.ts'
import { orNone, unlessNone } from './or-none.ts'
import { right, table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface AddOptions extends CommandOptions {
  slug: string
  name: string
  plan?: string
  enable?: boolean
  timeZone?: string
  locale?: 'pt-BR' | 'en'
}

interface LimitsOptions extends CommandOptions {
  rpm?: number | 'none'
  tpm?: number | 'none'
  concurrent?: number | 'none'
}

export const addClientCommands: AddCommands = (program, terminal) => {
  const group = program.command('client').description('clients: your customers, each metered and held to its budgets')
  addAdd(group, terminal)
  const list = withJson(onStore(group.command('list'))).description('all clients')
  example(list, 'npx catraca client list').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const clients = await listClients(owner)
      answer(terminal, options, clients.map(clientToJson), () => listTable(clients, terminal))
    }),
  )
  addSetPlan(group, terminal)
  addSwitch(group, terminal, 'enable', 'let the client use the gateway', true)
  addSwitch(group, terminal, 'disable', "refuse the client's calls", false)
  addPortalKeys(group, terminal)
  addLimits(group, terminal)
}

function addAdd(group: Command, terminal: Terminal): void {
  const command = group
    .command('add')
    .description('add a client; it needs a key (key create) to call, and a budget if it is to be held to one')
    .requiredOption('--slug <slug>', 'short name: lower-case letters, digits, - and _')
    .requiredOption('--name <name>', 'name for people')
    .option('--plan <plan>', 'plan, whose default budgets apply (default free)')
    .option('--enable', 'let it use the gateway at once')
    .option('--time-zone <zone>', "IANA name of its budgets' calendar (default America/Sao_Paulo)")
    .addOption(choice('--locale <locale>', 'language of its messages (default pt-BR)', ['pt-BR', 'en']))
  example(withJson(onStore(command)), 'npx catraca client add --slug luisboff --name "Luis Boff" --plan pro --enable').action(
    (options: AddOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const { slug, name, plan, timeZone, locale } = options
        const client = await createClient(owner, { slug, name, plan, timeZone, locale, usesGateway: options.enable === true })
        answer(terminal, options, clientToJson(client), () => {
          const next = client.usesGateway
            ? `Next: npx catraca key create ${slug} --name "first key"`
            : `It may not use the gateway yet: npx catraca client enable ${slug}`
          return `Added client ${slug} (${client.id}).\n${next}`
        })
      }),
  )
}

function addSetPlan(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('set-plan').argument('<client>', 'slug or id').argument('<plan>'))).description(
    "put the client on another plan, with that plan's default budgets",
  )
  example(command, 'npx catraca client set-plan luisboff pro').action((which: string, plan: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await changeClient(owner, which, { plan })
      answer(
        terminal,
        options,
        clientToJson(client),
        () => `Client ${client.slug} is on plan ${plan}. Its budgets: npx catraca budget list ${client.slug}`,
      )
    }),
  )
}

function addSwitch(group: Command, terminal: Terminal, verb: string, description: string, usesGateway: boolean): void {
  const command = withJson(onStore(group.command(verb).argument('<client>', 'slug or id'))).description(description)
  example(command, `npx catraca client ${verb} luisboff`).action((which: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await changeClient(owner, which, { use_ai_gateway: usesGateway })
      answer(
        terminal,
        options,
        clientToJson(client),
        () => `Client ${client.slug} ${usesGateway ? 'may use' : 'may no longer use'} the gateway.`,
      )
    }),
  )
}

function addPortalKeys(group: Command, terminal: Terminal): void {
  const command = group
    .command('portal-keys')
    .description("whether the client's own users may make and revoke its keys in the portal")
    .argument('<client>', 'slug or id')
    .addArgument(new Argument('<may>').choices(['on', 'off']))
  example(withJson(onStore(command)), 'npx catraca client portal-keys luisboff on').action(
    (which: string, may: 'on' | 'off', options: CommandOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const client = await changeClient(owner, which, { portal_may_manage_keys: may === 'on' })
        const whose = client.portalMayManageKeys ? 'make and revoke its keys' : 'only look at its keys'
        answer(terminal, options, clientToJson(client), () => `Users of client ${client.slug} may ${whose} in the portal.`)
      }),
  )
}

function addLimits(group: Command, terminal: Terminal): void {
  const command = group
    .command('limits')
    .description(
      'requests and tokens a minute, and calls at once, of all its keys together, over all replicas; without an option: what they are',
    )
    .argument('<client>', 'slug or id')
    .option('--rpm <n>', 'requests a minute, or none', orNone(parseCount))
    .option('--tpm <n>', 'tokens a minute, or none', orNone(parseCount))
    .option('--concurrent <n>', 'calls under way at once, or none', orNone(parseCount))
  example(
    withJson(onStore(command)),
    'npx catraca client limits luisboff --rpm 300 --tpm 200000',
    'npx catraca client limits luisboff --concurrent 20 --tpm none',
  ).action((which: string, options: LimitsOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const client = await changeClient(owner, which, {
        max_requests_per_minute: unlessNone(options.rpm),
        max_tokens_per_minute: unlessNone(options.tpm),
        max_concurrent_calls: unlessNone(options.concurrent),
      })
      const limits = formatLimits(client, terminal.locale)
      const cap = formatCap(client, terminal.locale)
      const atOnce = cap === '-' ? '' : ` At most ${cap} ${cap === '1' ? 'call' : 'calls'} at once.`
      answer(
        terminal,
        options,
        clientToJson(client),
        () => `${client.slug}, a minute: ${limits === '-' ? 'no limit of its own' : limits}.${atOnce}`,
      )
    }),
  )
}

function listTable(clients: readonly ListedClient[], terminal: Terminal): string {
  if (clients.length === 0) return 'No clients yet. Add one: npx catraca client add --slug acme --name "Acme" --enable'
  const columns = ['SLUG', 'NAME', 'PLAN', 'GATEWAY', right('KEYS'), 'A MINUTE', right('AT ONCE'), 'TIME ZONE', 'ID']
  return table(
    columns,
    clients.map((client) => toRow(client, terminal.locale)),
    terminal,
  )
}

function toRow(client: ListedClient, locale: MoneyLocale): string[] {
  const { slug, name, plan, timeZone, id } = client
  const limits = [formatLimits(client, locale), formatCap(client, locale)]
  return [slug, name, plan, gatewayState(client), formatCount(client.activeKeys, locale), ...limits, timeZone, id]
}

function gatewayState({ isActive, usesGateway }: Client): string {
  if (!isActive) return 'suspended'
  return usesGateway ? 'on' : 'off'
}

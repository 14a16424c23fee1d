import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Config } from '../../config/index.ts'
import { listChannelTools, removeTool, renewToolSecret, setTool, type ToolAdmin, type ToolRow } from '../../conversations/index.ts'
import type { Store } from '../../gateway/index.ts'
import { type CommandOptions, example, onStore, withJson } from '../command.ts'
import { UsageError } from '../failure.ts'
import { table } from '../table.ts'
import { answer, type Terminal } from '../terminal.ts'
import { withStore } from '../with-store.ts'
import { getChannelSettings } from './get-channel-settings.ts'

interface AddOptions extends CommandOptions {
  url: string
  description: string
  parameters?: string
}

/** What a channel's model may call at the client's own system. */
export function addToolCommands(group: Command, terminal: Terminal): void {
  const tools = group.command('tool').description("what a channel's model may call at the client's own system")
  addAdd(tools, terminal)
  const list = withJson(onStore(tools.command('list').argument('<channel>', 'its id or phone number id'))).description(
    'the tools of a channel',
  )
  example(list, 'npx catraca whatsapp tool list 106540352242922').action((which: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const rows = await listChannelTools(owner, (await getChannelSettings(owner, which)).id)
      answer(terminal, options, rows.map(toJson), () => toolTable(rows, terminal))
    }),
  )
  const remove = onNamed(tools, 'remove', 'take a tool away')
  example(remove, 'npx catraca whatsapp tool remove 106540352242922 consulta_pedido').action(
    (which: string, name: string, options: CommandOptions) =>
      withStore(terminal, options, async (store) => {
        await removeTool({ db: store.owner, vault: store.vault }, (await getChannelSettings(store.owner, which)).id, name)
        answer(terminal, options, { name, removed: true }, () => `The model calls ${name} no more.`)
      }),
  )
  const secret = onNamed(tools, 'secret', 'make a new secret for a tool, shown once; the one before counts no more')
  example(secret, 'npx catraca whatsapp tool secret 106540352242922 consulta_pedido').action(
    (which: string, name: string, options: CommandOptions) =>
      withStore(terminal, options, async ({ owner: db, vault }) => {
        const made = await renewToolSecret({ db, vault }, (await getChannelSettings(db, which)).id, name)
        answer(terminal, options, { name, secret: made }, () => made)
      }),
  )
}

function addAdd(tools: Command, terminal: Terminal): void {
  const command = tools
    .command('add')
    .description('add a tool, whose secret is shown once, or change the one of this name, which keeps its secret')
    .argument('<channel>', 'its id or phone number id')
    .argument('<name>', 'letters, digits and underscores')
    .requiredOption('--url <url>', 'https: what is posted to')
    .requiredOption('--description <text>', 'what it does and when to call it, for the model')
    .option('--parameters <json>', 'JSON Schema of its arguments, or @FILE (default: it takes none)')
  example(
    withJson(onStore(command)),
    'npx catraca whatsapp tool add 106540352242922 consulta_pedido --url https://loja.example/catraca --description "Diz onde está um pedido." --parameters @pedido.json',
  ).action((which: string, name: string, options: AddOptions) =>
    withStore(terminal, options, async (store, config) => {
      const { id: channelId } = await getChannelSettings(store.owner, which)
      const { url, description, parameters } = options
      const wish = { channelId, name, url, description, parameters: parameters === undefined ? undefined : readParameters(parameters) }
      const { tool, secret } = await setTool(adminOf(store, config), wish)
      answer(terminal, options, { ...toJson(tool), secret: secret ?? null }, () => secret ?? `Changed ${name}; its secret stays.`)
      if (!options.json && secret) terminal.err(`The secret above signs the calls of ${name}; it is shown this once.`)
    }),
  )
}

function onNamed(tools: Command, verb: string, description: string): Command {
  const command = tools.command(verb).argument('<channel>', 'its id or phone number id').argument('<name>', 'as in the list')
  return withJson(onStore(command)).description(description)
}

function readParameters(text: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text)
  } catch (cause) {
    throw new UsageError(`--parameters is no JSON: ${cause instanceof Error ? cause.message : cause}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new UsageError('--parameters is a JSON Schema, an object')
  return parsed as Record<string, unknown>
}

function toJson({ name, description, parameters, url, created_at, updated_at }: ToolRow) {
  return { name, description, parameters, url, created_at, updated_at }
}

function toolTable(rows: readonly ToolRow[], terminal: Terminal): string {
  if (rows.length === 0) return 'No tools. Add one: npx catraca whatsapp tool add --help'
  const columns = ['NAME', 'URL', 'DESCRIPTION']
  return table(
    columns,
    rows.map(({ name, url, description }) => [name, url, description]),
    terminal,
  )
}

function adminOf({ owner: db, vault }: Store, { notifications: { allowsLocal } }: Config): ToolAdmin {
  return { db, vault, allowsLocal }
}

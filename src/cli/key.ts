import type { Command } from 'commander'
import { createKey, getClient, keyToJson, type ListedKey, listKeys, revokeKey } from '../clients/index.ts'
import { identifyModels } from '../pricing/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { formatTime } from './format.ts'
import { formatCap, formatLimits, parseCount } from './limits.ts'
import { namedClient } from './named-client.ts'
import { parseEnd } from './parse-time.ts'
import { table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface CreateOptions extends CommandOptions {
  name: string
  models?: string[]
  expires?: string
  rpm?: number
  tpm?: number
  concurrent?: number
}

export const addKeyCommands: AddCommands = (program, terminal) => {
  const group = program.command('key').description("client keys (ctk_…): what a client's program sends as its API key")
  addCreate(group, terminal)
  addList(group, terminal)
  addRevoke(group, terminal)
}

function addCreate(group: Command, terminal: Terminal): void {
  const command = group
    .command('create')
    .description('make a key; it is shown once, only its hash is kept')
    .argument('<client>', 'slug or id')
    .requiredOption('--name <name>', 'what it is for')
    .option('--models <model...>', 'only these models (default all)')
    .option('--rpm <n>', 'requests a minute, over all replicas (default no limit of its own)', parseCount)
    .option('--tpm <n>', 'tokens a minute', parseCount)
    .option('--concurrent <n>', 'calls under way at once, over all replicas (default any number)', parseCount)
    .option('--expires <when>', "a length of time (30d, 24h) or a date (2027-01-31) in the client's time zone (default never)")
  example(
    withJson(onStore(command)),
    'npx catraca key create luisboff --name "chatbot in production"',
    'npx catraca key create luisboff --name trial --models openai/gpt-4o-mini --rpm 60 --expires 30d --json',
  ).action((which: string, options: CreateOptions) => {
    const expires = options.expires === undefined ? undefined : parseEnd(options.expires, '--expires')
    return withStore(terminal, options, async ({ owner }) => {
      const client = await getClient(owner, which)
      const allowedModels = await identifyModels(owner, options.models)
      const { name, rpm: requestsPerMinute, tpm: tokensPerMinute, concurrent: maxConcurrentCalls } = options
      const wish = { clientId: client.id, name, allowedModels, expires, requestsPerMinute, tokensPerMinute, maxConcurrentCalls }
      const { key, id, prefix, expiresAt } = await createKey(owner, wish)
      const json = {
        key,
        id,
        client: client.slug,
        name,
        prefix,
        allowed_models: allowedModels ?? null,
        requests_per_minute: requestsPerMinute ?? null,
        tokens_per_minute: tokensPerMinute ?? null,
        max_concurrent_calls: maxConcurrentCalls ?? null,
        expires_at: expiresAt ?? null,
      }
      answer(terminal, options, json, () => key)
      if (options.json) return
      const until =
        expiresAt === undefined
          ? 'it does not expire'
          : `it expires ${formatTime(expiresAt, client.timeZone, terminal.locale)} (${client.timeZone})`
      terminal.err(`The key of ${client.slug} is shown this once; ${until}. Revoke it with: npx catraca key revoke ${prefix}`)
      if (!client.usesGateway) terminal.err(`Calls are refused until: npx catraca client enable ${client.slug}`)
    })
  })
}

function addList(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('list').argument('[client]', 'slug or id'))).description(
    'keys, without what they open with',
  )
  example(command, 'npx catraca key list', 'npx catraca key list luisboff --json').action(
    (which: string | undefined, options: CommandOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const client = await namedClient(owner, which)
        const keys = await listKeys(owner, client?.id)
        answer(terminal, options, keys.map(keyToJson), () => listTable(keys, terminal))
      }),
  )
}

function addRevoke(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('revoke').argument('<key>', 'id, prefix (as in the list) or the whole key')))
  example(command.description('refuse a key from now on'), 'npx catraca key revoke ctk_Ab3dEf9h').action(
    (which: string, options: CommandOptions) =>
      withStore(terminal, options, async ({ owner }) => {
        const key = await revokeKey(owner, which)
        answer(terminal, options, keyToJson(key), () => `Revoked ${key.prefix}… ("${key.name}" of ${key.clientSlug}).`)
      }),
  )
}

function listTable(keys: readonly ListedKey[], terminal: Terminal): string {
  if (keys.length === 0) return 'No keys yet. Make one: npx catraca key create CLIENT --name "what it is for"'
  const columns = ['CLIENT', 'PREFIX', 'NAME', 'STATUS', 'MODELS', 'A MINUTE', 'AT ONCE', 'EXPIRES', 'LAST USED', 'ID']
  const time = (moment: Date | undefined, key: ListedKey) => (moment ? formatTime(moment, key.timeZone, terminal.locale) : 'never')
  const rows = keys.map((key) => [
    key.clientSlug,
    `${key.prefix}…`,
    key.name,
    key.status,
    key.allowedModels?.join(', ') ?? 'all',
    formatLimits(key, terminal.locale),
    formatCap(key, terminal.locale),
    time(key.expiresAt, key),
    time(key.lastUsedAt, key),
    key.id,
  ])
  return table(columns, rows, terminal)
}

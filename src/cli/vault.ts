import type { ReadStream } from 'node:tty'
import type { Command } from 'commander'
import type { Config } from '../config/index.ts'
import type { Store } from '../gateway/index.ts'
import { openSecret } from '../shared/secret.ts'
import {
  configuredMasterKey,
  parseMasterKey,
  replaceLostMasterKey,
  rotateMasterKey,
  rotateMasterKeyFile,
  type SecretSummary,
} from '../vault/index.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { formatTime } from './format.ts'
import { openPrompter } from './prompter.ts'
import { readStdin } from './read-stdin.ts'
import { table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { configFor, withDatabase, withStore } from './with-store.ts'

const newKeyVariable = 'CATRACA_NEW_MASTER_KEY'

interface PutOptions extends CommandOptions {
  value?: string
  description?: string
}

export const addVaultCommands: AddCommands = (program, terminal) => {
  const group = program.command('vault').description('encrypted secrets: provider keys and others')
  addPut(group, terminal)
  const list = withJson(onStore(group.command('list'))).description('names and descriptions, never values')
  example(list, 'npx catraca vault list').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ vault }) => {
      const secrets = await vault.list()
      answer(terminal, options, secrets.map(toJson), () => listTable(secrets, terminal))
    }),
  )
  addRotate(group, terminal)
}

function addPut(group: Command, terminal: Terminal): void {
  const command = group
    .command('put')
    .description('store a secret; a known name keeps its id and gets the new value')
    .argument('<name>', 'as in shared_openai_api_key')
    .option('--value <value>', 'the value (shows in the list of processes; better: standard input, or type it when asked)')
    .option('--description <text>', 'what it is')
  example(
    withJson(onStore(command)),
    'npx catraca vault put whatsapp_app_secret',
    'npx catraca vault put whatsapp_app_secret < secret.txt',
  ).action(async (name: string, options: PutOptions) => {
    const value = options.value ?? (await readValue(terminal, name))
    if (value === '') throw new UsageError('The value is empty; nothing was stored')
    await withStore(terminal, options, async ({ vault }) => {
      const isNew = !(await vault.list()).some((secret) => secret.name === name)
      const id = await vault.put(name, value, options.description)
      answer(terminal, options, { id, name, rotated: !isNew }, () => `${isNew ? 'Stored' : 'Rotated'} ${name} (${id}).`)
    })
  })
}

async function readValue(terminal: Terminal, name: string): Promise<string> {
  if (process.stdin.isTTY !== true) return (await readStdin()).replace(/\r?\n$/, '')
  const prompter = openPrompter(process.stdin as ReadStream, (text) => terminal.isInteractive && process.stderr.write(text))
  try {
    return await prompter.askHidden(`Value of ${name} (not shown): `)
  } finally {
    prompter.close()
  }
}

function addRotate(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('rotate')))
    .description('seal every secret with a new master key')
    .option('--old-key-lost', 'the old one is gone for good: go on with the one that is there, and say which secrets must be stored again')
  example(command, 'npx catraca vault rotate', `${newKeyVariable}="$(openssl rand -base64 32)" npx catraca vault rotate`)
    .addHelpText(
      'after',
      `\nA master key in the data directory is replaced there, under a running gateway too. One from CATRACA_MASTER_KEY is replaced by ${newKeyVariable}; then start the gateway with it.`,
    )
    .action(async (options: CommandOptions & { oldKeyLost?: boolean }) => {
      if (options.oldKeyLost) return await replaceLost(options, terminal)
      await withStore(terminal, options, async (store, config) => {
        const secrets = await rotate(store, config, terminal)
        const place = config.masterKey === undefined ? `${config.dataDir}/master-key` : newKeyVariable
        answer(terminal, options, { secrets, master_key: place }, () => {
          const next =
            config.masterKey === undefined
              ? 'Keep a copy of that file: without it no secret opens.'
              : 'Start the gateway with it as CATRACA_MASTER_KEY now.'
          return `Sealed ${secrets} ${secrets === 1 ? 'secret' : 'secrets'} with the new master key (${place}), each opened again and compared. ${next}`
        })
      })
    })
}

/** The store would not open without the old key. */
async function replaceLost(options: CommandOptions, terminal: Terminal): Promise<void> {
  const config = configFor(terminal, options)
  const source = configuredMasterKey(config)
  const { opened, failed } = await withDatabase(terminal, config, 'catraca-vault', (database) => replaceLostMasterKey(database, source))
  const lost = failed.map(({ id, name }) => name ?? id)
  answer(terminal, options, { opened, lost, master_key: source.place }, () => {
    const kept = `The vault is sealed with the master key in ${source.place} from now on. Keep a copy of it.`
    if (lost.length === 0) return kept
    return `${kept}\nThese do not open any more: ${lost.join(', ')}.\nStore them again: npx catraca setup for the shared keys, npx catraca vault put NAME for others.`
  })
}

async function rotate({ owner }: Store, config: Config, terminal: Terminal): Promise<number> {
  if (config.masterKey === undefined) return await rotateMasterKeyFile(owner, config.dataDir)
  const text = terminal.env[newKeyVariable]
  if (text === undefined)
    throw new UsageError(`The master key is in CATRACA_MASTER_KEY: give the new one in ${newKeyVariable} (openssl rand -base64 32)`)
  return await rotateMasterKey(
    owner,
    openSecret(config.masterKey, (value) => parseMasterKey(value)),
    parseMasterKey(text, newKeyVariable),
  )
}

function listTable(secrets: readonly SecretSummary[], terminal: Terminal): string {
  if (secrets.length === 0) return 'The vault is empty. Store the shared keys: npx catraca setup'
  const columns = ['NAME', 'DESCRIPTION', 'SEALED', 'UPDATED (UTC)', 'ID']
  const rows = secrets.map(({ name, description, form, updatedAt, id }) => [
    name ?? '-',
    description === '' ? '-' : description,
    form,
    formatTime(updatedAt, 'UTC', terminal.locale),
    id,
  ])
  return table(columns, rows, terminal)
}

function toJson({ id, name, description, form, createdAt, updatedAt }: SecretSummary) {
  return { id, name, description, form, created_at: createdAt, updated_at: updatedAt }
}

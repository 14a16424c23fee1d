import type { ReadStream } from 'node:tty'
import type { Command } from 'commander'
import {
  getProvider,
  listProviders,
  type OwnProvider,
  probeProvider,
  providerSecretName,
  providerToJson,
  removeProvider,
  type Store,
  storeProvider,
} from '../gateway/index.ts'
import { countModels } from '../pricing/index.ts'
import { formProblem, kindNames, providerPresets } from '../providers/index.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, withJson } from './command.ts'
import { Exit, UsageError } from './failure.ts'
import { openPrompter } from './prompter.ts'
import { addPair, type EntryOptions, parseKinds, presetOf, toEntry } from './provider-entry.ts'
import { readStdin } from './read-stdin.ts'
import { right, table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

export const addProviderCommands: AddCommands = (program, terminal) => {
  const group = program.command('provider').description('providers of your own: any OpenAI-compatible server, any AI SDK package')
  addAdd(group, terminal)
  addList(group, terminal)
  addTest(group, terminal)
  addRemove(group, terminal)
}

function addAdd(group: Command, terminal: Terminal): void {
  const command = group
    .command('add')
    .description('add a provider, or change one; what is not named stays as it is, or is as known of it beforehand')
    .argument('<name>', `a name of your own, or a known one: ${Object.keys(providerPresets).join(', ')}`)
    .option('--preset <name>', 'as that known one, under another name')
    .option('--base-url <url>', 'what /chat/completions is appended to')
    .option('--allow-http', 'may be http://, to a loopback or private host only')
    .option('--key-stdin', 'read the key from standard input')
    .option('--no-key', 'it takes calls without one')
    .addOption(choice('--auth <how>', 'where the key goes: "Authorization: Bearer …" or the header api-key', ['bearer', 'api-key']))
    .option('--query <name=value>', 'of every request; again for more', addPair)
    .option('--header <name=value>', 'such as http-referer, never a key; again for more', addPair)
    .addOption(choice('--limit-field <name>', 'how it calls the most output tokens', ['max_tokens', 'max_completion_tokens']))
    .option('--no-stream-usage', 'it refuses stream_options')
    .option('--probe-path <path>', 'what a good key may ask for nothing (default /models)')
    .option('--kinds <kinds>', `what it takes besides chats: ${kindNames.join(', ')}, or none (default embeddings)`, parseKinds)
    .option('--package <npm>', 'a provider package of the AI SDK, installed beside Catraca')
    .option('--export <function>', 'the function of the package that makes the provider, such as createCohere')
    .option('--option <name=value>', 'what that is called with, such as region=us-east-1; again for more', addPair)
    .option('--display-name <text>', 'as people call it')
  example(
    withJson(onStore(command)),
    'npx catraca provider add mistral --key-stdin < mistral.key',
    'npx catraca provider add azure --base-url https://RESOURCE.openai.azure.com/openai/v1 --key-stdin < azure.key',
    'npx catraca provider add ollama',
    'npx catraca provider add gpu-box --preset vllm --base-url http://10.0.0.7:8000/v1',
  ).action(async (name: string, options: EntryOptions & CommandOptions) => {
    const typed = options.keyStdin ? (await readStdin()).trim() : undefined
    if (typed === '') throw new UsageError('Standard input is empty; nothing was stored')
    await withStore(terminal, options, async (store, { allowedPackages }) => {
      const before = (await listProviders(store.owner)).find(({ entry }) => entry.name === name)
      const entry = toEntry(name, options, before?.entry)
      const key = typed ?? (entry.hasKey && !before ? await askForKey(terminal, store, name, entry.displayName) : undefined)
      const problem = key === undefined ? undefined : formProblem(entry.displayName, key)
      if (problem !== undefined) throw new UsageError(`${problem}. Nothing was stored`)
      const { isNew } = await storeProvider(store, entry, { key, allowedPackages })
      const provider = await getProvider(store.owner, name)
      answer(
        terminal,
        options,
        { ...providerToJson(provider), is_new: isNew },
        () => `${isNew ? 'Added' : 'Changed'} ${name} (${entry.baseUrl}).`,
      )
      if (options.json) return
      const preset = presetOf(name, options)
      if (isNew && preset?.note !== undefined) terminal.err(preset.note)
      if (isNew)
        terminal.err(`Next: npx catraca provider test ${name}, then a model: npx catraca models add ${name}/MODEL --input 0.1 --output 0.3`)
    })
  })
}

/** Undefined where nobody is there to be asked, or only Enter was pressed. */
async function askForKey(terminal: Terminal, { vault }: Store, name: string, displayName: string): Promise<string | undefined> {
  const isStored = (await vault.list()).some((secret) => secret.name === providerSecretName(name))
  if (!terminal.isInteractive || isStored) return undefined
  const prompter = openPrompter(process.stdin as ReadStream, (text) => void process.stderr.write(text))
  try {
    const key = await prompter.askHidden(`Key of ${displayName} (not shown): `)
    return key === '' ? undefined : key
  } finally {
    prompter.close()
  }
}

function addList(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('list'))).description('your own providers; keys are never shown')
  example(command, 'npx catraca provider list').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const providers = await listProviders(owner)
      const counts = await countModels(owner)
      const json = providers.map((provider) => ({ ...providerToJson(provider), models: counts.get(provider.entry.name) ?? 0 }))
      answer(terminal, options, json, () => listTable(providers, counts, terminal))
    }),
  )
}

function listTable(providers: readonly OwnProvider[], counts: ReadonlyMap<string, number>, terminal: Terminal): string {
  if (providers.length === 0)
    return `No providers of your own. Known ones: ${Object.keys(providerPresets).join(', ')}. npx catraca provider add NAME`
  const columns = ['NAME', 'KIND', 'BASE URL', 'KEY', right('MODELS'), 'STATUS']
  const rows = providers.map(({ entry, keyId, isActive }) => [
    entry.name,
    entry.package ?? entry.kind,
    entry.baseUrl,
    keyId === undefined ? 'none' : 'stored',
    String(counts.get(entry.name) ?? 0),
    isActive ? 'active' : 'switched off',
  ])
  return table(columns, rows, terminal)
}

function addTest(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('test').argument('<name>', 'as in the list'))).description(
    'is it there, and is its key good? Spends nothing; exit code 1 if not',
  )
  example(command, 'npx catraca provider test mistral').action(async (name: string, options: CommandOptions) => {
    const isGood = await withStore(terminal, options, async (store, config) => {
      const { ok, message } = await probeProvider(store, config, await getProvider(store.owner, name), { online: true })
      answer(terminal, options, { ok, message }, () => message)
      return ok
    })
    if (!isGood) throw new Exit(1)
  })
}

function addRemove(group: Command, terminal: Terminal): void {
  const command = withJson(onStore(group.command('remove').argument('<name>', 'as in the list'))).description(
    'call it no more; calls under way go on, models and the key stay stored',
  )
  example(command, 'npx catraca provider remove mistral').action((name: string, options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      await removeProvider(owner, name)
      const models = (await countModels(owner)).get(name) ?? 0
      answer(terminal, options, { name, removed: true, models }, () => {
        const left = models === 0 ? '' : ` Its models in the registry (${models}) cannot be called any more.`
        return `Removed ${name}.${left}`
      })
    }),
  )
}

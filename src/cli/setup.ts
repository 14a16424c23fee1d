import type { ReadStream } from 'node:tty'
import type { Env } from '../config/index.ts'
import { findSharedKeys, type SharedKeySlot, type Store, sharedKeySlots, storeSharedKeys } from '../gateway/index.ts'
import { keyProblem, providers } from '../providers/index.ts'
import { checkKey } from './check-key.ts'
import { type AddCommands, type CommandOptions, example, onStore, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { openPrompter } from './prompter.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

type KeyName = SharedKeySlot['key']
type Keys = Map<KeyName, string>
type SetupOptions = CommandOptions & Partial<Record<`${KeyName}Key`, string>>

/** Where the guide's readers have their keys already: the names that each provider's own tools read. */
const variables: Record<KeyName, readonly string[]> = {
  gateway: ['AI_GATEWAY_API_KEY'],
  openai: ['OPENAI_API_KEY'],
  groq: ['GROQ_API_KEY'],
  anthropic: ['ANTHROPIC_API_KEY'],
  google: ['GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
}

export const addSetupCommand: AddCommands = (program, terminal) => {
  const command = program
    .command('setup')
    .description('store your provider keys in the vault, for all clients; running it again replaces them')
  for (const { key, provider } of sharedKeySlots) {
    const { displayName, keyPrefix } = providers[provider]
    command.option(`--${key}-key <key>`, `${displayName}, ${keyPrefix}… (${variables[key].join(' or ')})`)
  }
  const withExamples = example(
    withJson(onStore(command)),
    'npx catraca setup',
    'AI_GATEWAY_API_KEY=vck_… OPENAI_API_KEY=sk-… GROQ_API_KEY=gsk_… npx catraca setup',
  )
  withExamples.addHelpText(
    'after',
    '\nOn a terminal it asks for what was not given. Flags show in the list of processes and in the shell history.',
  )
  withExamples.action((options: SetupOptions) => setUp(terminal, options))
}

async function setUp(terminal: Terminal, options: SetupOptions): Promise<void> {
  const given = givenKeys(options, terminal.env)
  for (const slot of sharedKeySlots) {
    const key = given.get(slot.key)
    if (key !== undefined) checkKey(slot.provider, key)
  }
  if (sharedKeySlots.some(({ key }) => options[`${key}Key`] !== undefined)) {
    terminal.err('Keys given as flags show in the list of processes and in the shell history: the environment or the prompt does not tell.')
  }
  if (given.size === 0 && !terminal.isInteractive) {
    throw new UsageError(`No key was given: set ${variables.openai[0]} and so on, use --openai-key and so on, or run it on a terminal`)
  }
  await withStore(terminal, options, async (store) => {
    const keys = terminal.isInteractive && !options.json ? await askForMissing(terminal, store, given) : given
    if (keys.size === 0) {
      terminal.err('No key was entered; nothing was changed.')
      return
    }
    const stored = await storeSharedKeys(store, keys)
    const json = { stored: stored.map(({ slot, id, isNew }) => ({ name: slot.secretName, id, rotated: !isNew })) }
    const linked = (await findSharedKeys(store.owner))?.ids ?? {}
    answer(terminal, options, json, () => describe(stored, linked))
  })
}

function givenKeys(options: SetupOptions, env: Env): Keys {
  const keys: Keys = new Map()
  for (const { key } of sharedKeySlots) {
    const fromEnvironment = variables[key].map((name) => env[name]).find((value) => value !== undefined)
    const value = (options[`${key}Key`] ?? fromEnvironment)?.trim()
    if (value !== undefined && value !== '') keys.set(key, value)
  }
  return keys
}

/** Enter keeps what is stored, or leaves the key out. */
async function askForMissing(terminal: Terminal, store: Store, given: Keys): Promise<Keys> {
  const keys = new Map(given)
  const linked = (await findSharedKeys(store.owner))?.ids ?? {}
  const missing = sharedKeySlots.filter(({ key }) => !keys.has(key))
  if (missing.length === 0) return keys
  terminal.err('Type or paste each key; it is not shown. Enter skips it.\n')
  const prompter = openPrompter(process.stdin as ReadStream, (text) => void process.stderr.write(text))
  try {
    for (const { key, provider } of missing) {
      const { displayName, keyPrefix } = providers[provider]
      const known = linked[key] === undefined ? '' : ', stored: Enter keeps it'
      for (;;) {
        const value = await prompter.askHidden(`  ${displayName} (${keyPrefix}…${known}): `)
        const problem = value === '' ? undefined : keyProblem(provider, value)
        if (value !== '' && problem === undefined) keys.set(key, value)
        if (problem === undefined) break
        terminal.err(`  ${problem}; once more.`)
      }
    }
  } finally {
    prompter.close()
  }
  return keys
}

function describe(stored: readonly { slot: SharedKeySlot; isNew: boolean }[], linked: Partial<Record<KeyName, string>>): string {
  const done = stored.map(({ slot, isNew }) => `${isNew ? 'stored ' : 'rotated'}  ${slot.secretName}`)
  const left = sharedKeySlots.filter(({ key }) => linked[key] === undefined).map(({ provider }) => providers[provider].displayName)
  return [
    ...done,
    '',
    'The keys are sealed in the vault and linked in shared_gateway_config. A running gateway uses them within a second.',
    ...(left.length === 0 ? [] : [`Without a key: ${left.join(', ')}.`]),
    'Next: npx catraca doctor --online',
  ].join('\n')
}

import { type Command, InvalidArgumentError } from 'commander'
import { knownProviders } from '../gateway/index.ts'
import { type ApiType, type Modality, putModel } from '../pricing/index.ts'
import { type CommandOptions, choice, example, onStore, wholeNumber, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface AddOptions extends CommandOptions {
  type: ApiType
  input?: string
  output?: string
  perMinute?: string
  perCharacter?: string
  perImage?: string
  cached?: string
  context?: number
  maxOutput?: number
  defaultOutput?: number
  reads?: Modality[]
  tools?: boolean
  structuredOutput?: boolean
  reasoning?: boolean
  alias?: string[]
}

/** Any of the lists will do, and all that is in it is needed. */
const neededPrices: Readonly<Record<ApiType, readonly (readonly (keyof AddOptions)[])[]>> = {
  chat: [['input', 'output']],
  embeddings: [['input']],
  transcription: [['perMinute'], ['input', 'output']],
  speech: [['perCharacter'], ['input', 'output']],
  image: [['perImage'], ['input', 'output']],
  moderation: [['input']],
}

const modalities: readonly Modality[] = ['text', 'image', 'audio', 'video']

/** `models add`: a model of a provider of one's own, or one that the pricing library does not know. */
export function addModelsAdd(group: Command, terminal: Terminal): void {
  const command = group
    .command('add')
    .description('add a model with its prices in US$, or give a known one other prices')
    .argument('<model>', 'provider/model, as the provider calls it')
    .option('--input <price>', 'a million input tokens; 0 is a price too, for a server of your own', parsePrice)
    .option('--output <price>', 'a million output tokens', parsePrice)
    .option('--cached <price>', 'a million input tokens from its cache (default as input)', parsePrice)
    .addOption(choice('--type <type>', 'what it is for', Object.keys(neededPrices)).default('chat'))
    .option('--per-minute <price>', 'a minute of sound, of a transcription', parsePrice)
    .option('--per-character <price>', 'a character, of speech', parsePrice)
    .option('--per-image <price>', 'a picture', parsePrice)
    .option('--context <tokens>', 'the longest prompt and answer together', wholeNumber(1))
    .option('--max-output <tokens>', 'the longest answer', wholeNumber(1))
    .option('--default-output <tokens>', 'what is held for an answer when the caller names no limit (default 4096)', wholeNumber(1))
    .option('--reads <kinds>', `what a prompt may hold at this price: ${modalities.join(', ')} (default text)`, parseKinds)
    .option('--tools', 'it calls tools')
    .option('--structured-output', 'it answers by a schema')
    .option('--reasoning', 'it thinks first')
    .option('--alias <name...>', 'other names for it')
  example(
    withJson(onStore(command)),
    'npx catraca models add mistral/mistral-small-latest --input 0.1 --output 0.3 --context 128000 --tools',
    'npx catraca models add ollama/llama3.2 --input 0 --output 0',
    'npx catraca models add vllm/whisper --type transcription --per-minute 0',
  ).action((identifier: string, options: AddOptions) => {
    const slash = identifier.indexOf('/')
    const provider = identifier.slice(0, Math.max(slash, 0))
    const modelName = identifier.slice(slash + 1)
    if (provider === '' || !/^\S+$/.test(modelName)) throw new UsageError('Name the model as provider/model')
    checkPrices(options)
    return withStore(terminal, options, async ({ owner }) => {
      const known = await knownProviders(owner)
      if (!known.includes(provider)) {
        throw new UsageError(`There is no provider "${provider}" (there are ${known.join(', ')}): npx catraca provider add ${provider}`)
      }
      const { isNew } = await putModel(owner, toWish(provider, modelName, options))
      const { input, output } = options
      const json = {
        gateway_identifier: identifier,
        is_new: isNew,
        input_price_per_million: input ?? null,
        output_price_per_million: output ?? null,
        price_per_audio_minute: options.perMinute ?? null,
        price_per_character: options.perCharacter ?? null,
        price_per_image: options.perImage ?? null,
      }
      answer(terminal, options, json, () => {
        const prices = Object.entries(priceWords).flatMap(([name, words]) => {
          const price = options[name as keyof typeof priceWords]
          return price === undefined ? [] : [`US$ ${price} ${words}`]
        })
        return `${isNew ? 'Added' : 'Changed'} ${identifier}: ${prices.join(', ')}.`
      })
    })
  })
}

const priceWords = {
  input: '/1M in',
  output: '/1M out',
  perMinute: 'a minute',
  perCharacter: 'a character',
  perImage: 'a picture',
} as const

/** Throws UsageError for a price that is missing: none is assumed. */
function checkPrices(options: AddOptions): void {
  const ways = neededPrices[options.type].map((way) => way.filter((name) => options[name] === undefined))
  if (ways.some((missing) => missing.length === 0)) return
  const flags = ways.map((missing) =>
    missing.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`).join(' and '),
  )
  throw new UsageError(`The price of a model for ${options.type} is missing: add ${flags.join(', or ')} (0 where it costs nothing)`)
}

function toWish(provider: string, modelName: string, options: AddOptions) {
  const capabilities = {
    ...(options.reads && { input: options.reads }),
    ...(options.tools && { tools: true }),
    ...(options.structuredOutput && { structured_output: true }),
    ...(options.reasoning && { reasoning: true }),
  }
  return {
    provider,
    model_name: modelName,
    api_type: options.type,
    input_price_per_million: options.input,
    output_price_per_million: options.output,
    cached_input_price_per_million: options.cached,
    price_per_audio_minute: options.perMinute,
    price_per_character: options.perCharacter,
    price_per_image: options.perImage,
    capabilities,
    context_window: options.context,
    max_output_tokens: options.maxOutput,
    default_max_output_tokens: options.defaultOutput,
    aliases: options.alias,
  }
}

function parsePrice(text: string): string {
  if (!/^\d{1,6}(?:\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError('It must be US dollars, such as 0.15.')
  return text
}

function parseKinds(text: string): Modality[] {
  const kinds = text.split(',').map((kind) => kind.trim())
  const known = modalities.filter((kind) => kinds.includes(kind))
  if (known.length < kinds.length) throw new InvalidArgumentError(`It must be ${modalities.join(', ')} with commas between.`)
  return known
}

import { type Command, InvalidArgumentError } from 'commander'
import { knownProviders } from '../gateway/index.ts'
import { type ApiType, type Modality, putModel } from '../pricing/index.ts'
import { type CommandOptions, choice, example, onStore, wholeNumber, withJson } from './command.ts'
import { UsageError } from './failure.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface AddOptions extends CommandOptions {
  type: ApiType
  input: string
  output?: string
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

const modalities: readonly Modality[] = ['text', 'image', 'audio', 'video']

/** `models add`: a model of a provider of one's own, or one that the pricing library does not know. */
export function addModelsAdd(group: Command, terminal: Terminal): void {
  const command = group
    .command('add')
    .description('add a model with its prices in US$, or give a known one other prices')
    .argument('<model>', 'provider/model, as the provider calls it')
    .requiredOption('--input <price>', 'a million input tokens; 0 is a price too, for a server of your own', parsePrice)
    .option('--output <price>', 'a million output tokens', parsePrice)
    .option('--cached <price>', 'a million input tokens from its cache (default as input)', parsePrice)
    .addOption(choice('--type <type>', 'what it is for', ['chat', 'embeddings']).default('chat'))
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
  ).action((identifier: string, options: AddOptions) => {
    const slash = identifier.indexOf('/')
    const provider = identifier.slice(0, Math.max(slash, 0))
    const modelName = identifier.slice(slash + 1)
    if (provider === '' || !/^\S+$/.test(modelName)) throw new UsageError('Name the model as provider/model')
    if (options.type === 'chat' && options.output === undefined) {
      throw new UsageError('A chat model has two prices: add --output (0 where it costs nothing)')
    }
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
        input_price_per_million: input,
        output_price_per_million: output ?? null,
      }
      answer(terminal, options, json, () => {
        const prices = [`US$ ${input} /1M in`, ...(output === undefined ? [] : [`US$ ${output} /1M out`])]
        return `${isNew ? 'Added' : 'Changed'} ${identifier}: ${prices.join(', ')}.`
      })
    })
  })
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
    capabilities,
    context_window: options.context,
    max_output_tokens: options.maxOutput,
    default_max_output_tokens: options.defaultOutput,
    aliases: options.alias,
  }
}

function parsePrice(text: string): string {
  if (!/^\d{1,6}(?:\.\d{1,9})?$/.test(text)) throw new InvalidArgumentError('It must be US dollars for a million tokens, such as 0.15.')
  return text
}

function parseKinds(text: string): Modality[] {
  const kinds = text.split(',').map((kind) => kind.trim())
  const known = modalities.filter((kind) => kinds.includes(kind))
  if (known.length < kinds.length) throw new InvalidArgumentError(`Write ${modalities.join(', ')} with commas between.`)
  return known
}

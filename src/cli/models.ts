import type { Command } from 'commander'
import { apiTypes, loadPriceSource, loadRegistry, type Model, type PriceChange, type SyncReport, syncRegistry } from '../pricing/index.ts'
import { formatDecimal } from '../shared/money.ts'
import { type AddCommands, type CommandOptions, choice, example, onStore, withJson } from './command.ts'
import { formatCount } from './format.ts'
import { addModelsAdd } from './models-add.ts'
import { type Column, right, table } from './table.ts'
import { answer, type Terminal } from './terminal.ts'
import { withStore } from './with-store.ts'

interface ListOptions extends CommandOptions {
  type?: Model['apiType']
  provider?: string
}

const perMillionDigits = 9
/** A price for one unit is kept for a million of them. */
const perUnitDigits = 15

export const addModelsCommands: AddCommands = (program, terminal) => {
  const group = program.command('models').description('the registry: which models may be called, at which prices')
  addList(group, terminal)
  addModelsAdd(group, terminal)
  const sync = withJson(onStore(group.command('sync'))).description(
    'add new models and new prices from the pricing library; what you set yourself stays',
  )
  example(sync, 'npx catraca models sync').action((options: CommandOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const report = await syncRegistry(owner, await loadPriceSource(new Date().toISOString().slice(0, 10)))
      answer(terminal, options, report, () => describeSync(report))
    }),
  )
}

function addList(group: Command, terminal: Terminal): void {
  const command = group
    .command('list')
    .description('models that may be called; prices in US$')
    .addOption(choice('--type <type>', 'only models for this', apiTypes))
    .option('--provider <provider>', 'only models served by this provider')
  example(withJson(onStore(command)), 'npx catraca models list --type chat --provider openai').action((options: ListOptions) =>
    withStore(terminal, options, async ({ owner }) => {
      const { models } = await loadRegistry(owner)
      const shown = models.filter(
        (model) =>
          (options.type === undefined || model.apiType === options.type) &&
          (options.provider === undefined || model.provider === options.provider),
      )
      answer(terminal, options, shown.map(toJson), () => listTable(shown, terminal))
    }),
  )
}

const columns: readonly Column[] = [
  'MODEL',
  'TYPE',
  right('IN /1M'),
  right('CACHED /1M'),
  right('OUT /1M'),
  'OTHER',
  right('CONTEXT'),
  right('MAX OUT'),
]

function listTable(models: readonly Model[], terminal: Terminal): string {
  if (models.length === 0) return 'No such models in the registry. Add what the pricing library knows: npx catraca models sync'
  const { locale } = terminal
  const count = (tokens: number | undefined) => (tokens === undefined ? '-' : formatCount(tokens, locale))
  const price = (nanos: bigint) => (nanos === 0n ? '-' : formatDecimal(nanos, perMillionDigits))
  const rows = models.map((model) => {
    const { input, cachedInput, output } = model.prices
    // What a kind of model is billed by has a price: there 0 is one, and no gap.
    const billed = (nanos: bigint, isBilled: boolean) => (isBilled ? formatDecimal(nanos, perMillionDigits) : price(nanos))
    const isChat = model.apiType === 'chat'
    const cached = cachedInput === input ? '-' : price(cachedInput)
    return [
      model.gatewayIdentifier,
      model.apiType,
      billed(input, isChat || model.apiType === 'embeddings'),
      cached,
      billed(output, isChat),
      unitPrices(model),
      count(model.contextWindow),
      count(model.maxOutputTokens),
    ]
  })
  return table(columns, rows, terminal)
}

function unitPrices({ prices }: Model): string {
  const units = [
    [prices.audioMinute, 'minute'],
    [prices.character, 'character'],
    [prices.image, 'image'],
  ] as const
  const known = units.flatMap(([nanos, unit]) => (nanos === undefined ? [] : [`${formatDecimal(nanos, perUnitDigits)}/${unit}`]))
  return known.length === 0 ? '-' : known.join(', ')
}

function describeSync({ added, changed, kept }: SyncReport): string {
  const lines = [
    ...added.map((name) => `added    ${name}`),
    ...changed.map((change) => `changed  ${describeChange(change)}`),
    ...kept.map((change) => `kept     ${describeChange(change)} (set by you; the library says otherwise)`),
  ]
  const summary = `${added.length} added, ${changed.length} prices changed, ${kept.length} of your own prices kept.`
  return lines.length === 0 ? 'Nothing has changed: the registry is up to date.' : [...lines, summary].join('\n')
}

function describeChange({ gatewayIdentifier, column, before, after }: PriceChange): string {
  const show = (value: unknown) => (value === null ? 'none' : typeof value === 'object' ? JSON.stringify(value) : String(value))
  return `${gatewayIdentifier} ${column}: ${show(before)} → ${show(after)}`
}

function toJson(model: Model) {
  const { prices } = model
  const perUnit = (nanos: bigint | undefined) => (nanos === undefined ? null : formatDecimal(nanos, perUnitDigits))
  return {
    gateway_identifier: model.gatewayIdentifier,
    provider: model.provider,
    model_name: model.modelName,
    api_type: model.apiType,
    input_price_per_million: formatDecimal(prices.input, perMillionDigits),
    cached_input_price_per_million: formatDecimal(prices.cachedInput, perMillionDigits),
    cache_write_price_per_million: formatDecimal(prices.cacheWrite, perMillionDigits),
    output_price_per_million: formatDecimal(prices.output, perMillionDigits),
    price_per_audio_minute: perUnit(prices.audioMinute),
    price_per_character: perUnit(prices.character),
    price_per_image: perUnit(prices.image),
    context_window: model.contextWindow ?? null,
    max_output_tokens: model.maxOutputTokens ?? null,
    aliases: model.aliases,
  }
}

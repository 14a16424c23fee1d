import { findProvider, type MatchLogic, type ModelInfo, type ModelPrice, type TieredPrices } from '@pydantic/genai-prices'
import { divide, formatDecimal, parseDecimal } from '../shared/money.ts'
import { aliasExclusions, type CatalogueRule, catalogueExclusions, catalogueModels, catalogueRules, catalogueSplits } from './catalogue.ts'
import type { CapabilityColumns, TierColumns } from './model-row.ts'
import type { RegistryEntry } from './registry-entry.ts'

type PriceField = 'input' | 'cached_input' | 'cache_write' | 'cache_write_1h' | 'output'

const providers = ['anthropic', 'google', 'groq', 'openai'] as const
const defaultOutputTokens = 4096
const defaultReasoningOutputTokens = 16_384

/** The library's names of a price: text first, then what else is billed at that point. */
const libraryPrices: Record<PriceField, readonly string[]> = {
  input: ['input_mtok', 'input_audio_mtok', 'input_image_mtok'],
  cached_input: ['cache_read_mtok', 'cache_audio_read_mtok', 'cache_image_read_mtok'],
  cache_write: ['cache_write_mtok'],
  cache_write_1h: ['cache_write_1h_mtok'],
  output: ['output_mtok', 'output_audio_mtok', 'output_image_mtok'],
}
const priceFields = ['input', 'cached_input', 'cache_write', 'cache_write_1h', 'output'] as const satisfies readonly PriceField[]
const modalityPrices = { audio: 'input_audio_mtok', image: 'input_image_mtok', video: 'input_video_mtok', text: 'input_mtok' } as const

/**
 * The models of the pricing library with their prices on `asOf` (`2026-11-22`), completed and corrected by the catalogue, sorted by
 * `gateway_identifier`. Throws where a price cannot be represented exactly, rather than rounding it.
 */
export function readPriceSource(asOf: string): RegistryEntry[] {
  const entries = providers.flatMap((provider) => readProvider(provider, asOf))
  for (const model of catalogueModels) {
    entries.push({
      ...emptyEntry(model.provider, model.modelName, model.reference),
      api_type: model.apiType,
      capabilities: { input: ['text'] },
      price_per_character: model.pricePerCharacter ?? null,
      price_per_image: model.pricePerImage ?? null,
      is_active: model.isActive,
    })
  }
  entries.sort((a, b) => (a.gateway_identifier < b.gateway_identifier ? -1 : 1))
  return entries.map((entry) => ({ ...entry, aliases: ownAliases(entry, entries) }))
}

function readProvider(providerId: string, asOf: string): RegistryEntry[] {
  const provider = findProvider({ providerId })
  if (!provider) throw new Error(`The pricing library no longer knows the provider ${providerId}`)
  const reference = provider.pricing_urls?.[0] ?? `https://github.com/pydantic/genai-prices`
  return provider.models
    .flatMap((model) => [model, ...splitModels(providerId, model)])
    .filter((model) => !isExcluded(providerId, model.id))
    .map((model) => readModel(providerId, model, reference, asOf))
}

function splitModels(provider: string, model: ModelInfo): ModelInfo[] {
  const own = names(model.match).filter(
    (name) => name !== model.id && catalogueSplits.some((split) => split.provider === provider && split.names.test(name)),
  )
  return own.map((name) => ({ ...model, id: name, match: { equals: name } }))
}

function isExcluded(provider: string, modelId: string): boolean {
  return catalogueExclusions.some((exclusion) => exclusion.provider === provider && exclusion.models.test(modelId))
}

function readModel(provider: string, model: ModelInfo, reference: string, asOf: string): RegistryEntry {
  const rule = ruleFor(provider, model.id)
  const apiType = rule.apiType ?? 'chat'
  const prices = pricesOn(model, asOf)
  // Where one figure counts tokens of several kinds, the dearest kind's price is the one that never undercharges.
  const dearest = apiType === 'transcription' || apiType === 'image' || apiType === 'speech'
  const base = (field: PriceField) => priceAt(prices, field, 0, dearest)
  const capabilities = withoutDearerInput(rule.capabilities ?? {}, prices, dearest)
  const maxOutputTokens = rule.maxOutputTokens ?? null
  const wanted = capabilities.reasoning ? defaultReasoningOutputTokens : defaultOutputTokens
  return {
    ...emptyEntry(provider, rule.modelName ?? model.id, reference),
    creator: rule.creator ?? provider,
    vercel_identifier: rule.vercelIdentifier,
    api_type: apiType,
    capabilities,
    context_window: rule.contextWindow ?? model.context_window ?? null,
    max_output_tokens: apiType === 'chat' ? maxOutputTokens : null,
    default_max_output_tokens: Math.min(wanted, maxOutputTokens ?? wanted),
    input_price_per_million: base('input'),
    output_price_per_million: base('output'),
    cached_input_price_per_million: base('cached_input'),
    cache_write_price_per_million: base('cache_write'),
    cache_write_1h_price_per_million: base('cache_write_1h'),
    price_per_audio_minute: audioMinute(prices),
    minimum_audio_seconds: rule.minimumAudioSeconds ?? 0,
    price_tiers: readTiers(prices, dearest),
    aliases: [model.id, ...names(model.match), ...(rule.aliases ?? [])],
  }
}

function emptyEntry(provider: string, modelName: string, reference: string): RegistryEntry {
  return {
    provider,
    creator: provider,
    model_name: modelName,
    gateway_identifier: `${provider}/${modelName}`,
    vercel_identifier: null,
    api_type: 'chat',
    capabilities: {},
    context_window: null,
    max_output_tokens: null,
    default_max_output_tokens: defaultOutputTokens,
    input_price_per_million: null,
    output_price_per_million: null,
    cached_input_price_per_million: null,
    cache_write_price_per_million: null,
    cache_write_1h_price_per_million: null,
    price_per_audio_minute: null,
    price_per_character: null,
    price_per_image: null,
    minimum_audio_seconds: 0,
    price_tiers: [],
    price_reference: reference,
    is_active: true,
    aliases: [],
  }
}

type MergedRule = Omit<CatalogueRule, 'provider' | 'models' | 'vercel'> & { vercelIdentifier: string | null }

function ruleFor(provider: string, modelId: string): MergedRule {
  let merged: MergedRule = { vercelIdentifier: null }
  for (const { provider: ruleProvider, models, vercel, ...rest } of catalogueRules) {
    if (ruleProvider !== provider || !models.test(modelId)) continue
    merged = { ...merged, ...rest }
    if (vercel !== undefined) merged.vercelIdentifier = vercel === null ? null : modelId.replace(models, vercel)
  }
  return merged
}

/** Prices with a start date follow one another in the library; the last one begun by `asOf` holds. */
function pricesOn(model: ModelInfo, asOf: string): ModelPrice {
  if (!Array.isArray(model.prices)) return model.prices
  let found: ModelPrice | undefined
  for (const { constraint, prices } of model.prices) {
    if (constraint && constraint.type !== 'start_date') throw new Error(`${model.id}: a price by the time of day has no column`)
    if (!constraint || constraint.start_date <= asOf) found = prices
  }
  if (!found) throw new Error(`${model.id}: no price on ${asOf}`)
  return found
}

function priceAt(prices: ModelPrice, field: PriceField, inputTokens: number, dearest: boolean): string | null {
  const kinds = libraryPrices[field].slice(0, dearest ? undefined : 1)
  const values = kinds.map((kind) => valueAt(prices[kind], inputTokens)).filter((value) => value !== undefined)
  return values.length === 0 ? null : decimal(Math.max(...values))
}

function valueAt(price: number | TieredPrices | undefined, inputTokens: number): number | undefined {
  if (price === undefined || typeof price === 'number') return price
  return price.tiers.reduce((value, tier) => (inputTokens > tier.start ? tier.price : value), price.base)
}

function readTiers(prices: ModelPrice, dearest: boolean): TierColumns[] {
  const starts = new Set<number>()
  for (const price of Object.values(prices)) if (typeof price === 'object') for (const tier of price.tiers) starts.add(tier.start)
  return [...starts]
    .sort((a, b) => a - b)
    .map((start) => {
      const tier: TierColumns = { above_input_tokens: start }
      for (const field of priceFields) {
        const price = priceAt(prices, field, start + 1, dearest)
        if (price !== null) tier[field] = price
      }
      return tier
    })
}

function withoutDearerInput(capabilities: CapabilityColumns, prices: ModelPrice, dearest: boolean): CapabilityColumns {
  if (dearest || !capabilities.input) return capabilities
  const text = valueAt(prices[modalityPrices.text], 0) ?? 0
  const input = capabilities.input.filter((modality) => (valueAt(prices[modalityPrices[modality]], 0) ?? text) <= text)
  return { ...capabilities, input }
}

/** A sixtieth of the hourly price, rounded to the column's fifteen decimals: a difference of one nano-dollar in 30,000 years of audio. */
function audioMinute(prices: ModelPrice): string | null {
  const hour = valueAt(prices.audio_hours, 0)
  if (hour === undefined) return null
  return formatDecimal(divide(parseDecimal(decimal(hour), 15), 60n, 'half-up'), 15)
}

/** The library's numbers are decimals that a person typed: their shortest form is exactly what was typed. */
function decimal(value: number): string {
  const text = String(value)
  return formatDecimal(parseDecimal(text.includes('e') ? value.toFixed(9) : text, 9), 9)
}

function names(match: MatchLogic): string[] {
  if ('equals' in match) return [match.equals]
  if ('or' in match) return match.or.flatMap(names)
  // A family by its beginning is known by that beginning too, unless it is only a stub of names.
  if ('starts_with' in match) return /[\w.]$/.test(match.starts_with) ? [match.starts_with] : []
  return []
}

/** A model's own name is never another's alias, and an alias belongs to the first model of its provider that has it. */
function ownAliases(entry: RegistryEntry, entries: readonly RegistryEntry[]): string[] {
  const siblings = entries.filter((other) => other.provider === entry.provider)
  const taken = new Set(siblings.map((other) => other.model_name))
  for (const other of siblings) {
    if (other === entry) break
    for (const alias of other.aliases) taken.add(alias)
  }
  const kept = entry.aliases.filter((alias) => !taken.has(alias) && !aliasExclusions.some((pattern) => pattern.test(alias)))
  return [...new Set(kept)].sort()
}

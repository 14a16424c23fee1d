import { parseDecimal } from '../shared/money.ts'
import type { ApiType, Model, ModelCapabilities, ModelPrices, PriceTier, TokenRates } from './model.ts'

/** Prices as decimal strings, under the names of the columns. */
export interface PriceColumns {
  input_price_per_million: string | null
  output_price_per_million: string | null
  cached_input_price_per_million: string | null
  cache_write_price_per_million: string | null
  cache_write_1h_price_per_million: string | null
  price_per_audio_minute: string | null
  price_per_character: string | null
  price_per_image: string | null
  minimum_audio_seconds: number
  price_tiers: TierColumns[]
}

/** One element of `price_tiers`. What is left out is as in the base prices, or follows its own input price. */
export interface TierColumns {
  above_input_tokens: number
  input?: string
  cached_input?: string
  cache_write?: string
  cache_write_1h?: string
  output?: string
}

/** `capabilities` as the column has it. */
export interface CapabilityColumns {
  input?: ModelCapabilities['input']
  tools?: boolean
  structured_output?: boolean
  reasoning?: boolean
  responses_only?: boolean
}

export interface ModelRow extends PriceColumns {
  id: string
  price_id: string
  provider: string
  creator: string
  model_name: string
  gateway_identifier: string
  vercel_identifier: string | null
  api_type: ApiType
  capabilities: CapabilityColumns
  context_window: number | null
  max_output_tokens: number | null
  default_max_output_tokens: number
  aliases: string[]
}

const perMillionDigits = 9
/** A price for one unit with 15 decimals is a whole number of nano-dollars for a million of them. */
const perUnitDigits = 15

/** Throws a RangeError on a price that is negative or no decimal, which the table's checks keep out. */
export function fromModelRow(row: ModelRow): Model {
  return {
    id: row.id,
    priceId: row.price_id,
    provider: row.provider,
    creator: row.creator,
    modelName: row.model_name,
    gatewayIdentifier: row.gateway_identifier,
    vercelIdentifier: row.vercel_identifier ?? undefined,
    apiType: row.api_type,
    contextWindow: row.context_window ?? undefined,
    maxOutputTokens: row.max_output_tokens ?? undefined,
    defaultMaxOutputTokens: row.default_max_output_tokens,
    capabilities: {
      input: row.capabilities.input ?? ['text'],
      tools: row.capabilities.tools ?? false,
      structuredOutput: row.capabilities.structured_output ?? false,
      reasoning: row.capabilities.reasoning ?? false,
      responsesOnly: row.capabilities.responses_only ?? false,
    },
    aliases: row.aliases,
    prices: fromPriceColumns(row),
  }
}

/** Throws as `fromModelRow` does. */
export function fromPriceColumns(row: PriceColumns): ModelPrices {
  const base = baseRates(row)
  return {
    ...base,
    tiers: row.price_tiers.map((tier) => tierRates(tier, base)).sort((a, b) => a.aboveInputTokens - b.aboveInputTokens),
    audioMinute: price(row.price_per_audio_minute, perUnitDigits),
    character: price(row.price_per_character, perUnitDigits),
    image: price(row.price_per_image, perUnitDigits),
    minimumAudioMs: row.minimum_audio_seconds * 1000,
  }
}

function baseRates(row: PriceColumns): TokenRates {
  const input = price(row.input_price_per_million, perMillionDigits) ?? 0n
  const cacheWrite = price(row.cache_write_price_per_million, perMillionDigits) ?? input
  return {
    input,
    cachedInput: price(row.cached_input_price_per_million, perMillionDigits) ?? input,
    cacheWrite,
    cacheWriteOneHour: price(row.cache_write_1h_price_per_million, perMillionDigits) ?? cacheWrite,
    output: price(row.output_price_per_million, perMillionDigits) ?? 0n,
  }
}

function tierRates(tier: TierColumns, base: TokenRates): PriceTier {
  const input = price(tier.input, perMillionDigits) ?? base.input
  const cacheWrite = price(tier.cache_write, perMillionDigits) ?? input
  return {
    aboveInputTokens: tier.above_input_tokens,
    input,
    cachedInput: price(tier.cached_input, perMillionDigits) ?? input,
    cacheWrite,
    cacheWriteOneHour: price(tier.cache_write_1h, perMillionDigits) ?? cacheWrite,
    output: price(tier.output, perMillionDigits) ?? base.output,
  }
}

function price(text: string | null | undefined, digits: number): bigint | undefined {
  if (text === null || text === undefined) return undefined
  const scaled = parseDecimal(text, digits)
  if (scaled < 0n) throw new RangeError(`a price is negative: ${text}`)
  return scaled
}

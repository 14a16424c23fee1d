import { apportion, divide, type NanoUsd, nanoUsd } from '../shared/money.ts'
import { type MeasuredUnits, noUsage, type TokenUsage } from '../usage/index.ts'
import type { Model, ModelPrices, TokenRates } from './model.ts'

/** What a cost is made of; the parts sum to the total exactly. `input` is what was neither cached nor written to a cache. */
export interface CostParts {
  input: NanoUsd
  cachedInput: NanoUsd
  cacheWrite: NanoUsd
  output: NanoUsd
  audio: NanoUsd
  characters: NanoUsd
  images: NanoUsd
}

export interface Cost {
  total: NanoUsd
  parts: CostParts
}

/** What a call can come to at most: `fixedNanoUsd`, and its output tokens at `nanoUsdPerMillionOutput`. */
export interface CostBound {
  fixedNanoUsd: NanoUsd
  nanoUsdPerMillionOutput: bigint
}

export interface CallBound {
  /** No call that is bounded so has more input tokens. */
  inputTokens: number
  /** The call asks the provider to keep its cache for an hour, which costs more to write. */
  writesOneHourCache?: boolean
  units?: MeasuredUnits
}

const million = 1_000_000n
const msPerMinute = 60_000n
/** Every term of a cost is a whole number of 1 / this nano-dollars, so that nothing is rounded before the sum. */
const divisor = million * msPerMinute

/**
 * What a call cost: (input - cached - cache write) × input price + cached × cached price + cache write × write price + output × output
 * price, plus audio, characters and images where the model is billed by them. Whole nano-dollars, rounded once, halves up; the parts
 * take their share of that rounding by the largest remainder. A prompt above a tier's threshold puts the whole call on that tier.
 *
 * `usage` is one that `checkUsage` accepted.
 *
 * @example cost(registry.get('openai/gpt-4o-mini'), usage).total // 1_234_500n nano-dollars: US$ 0.0012345
 */
export function cost({ prices }: Pick<Model, 'prices'>, usage: TokenUsage = noUsage, units: MeasuredUnits = {}): Cost {
  const terms = costTerms(prices, usage, units)
  const total = divide(sum(terms), divisor, 'half-up')
  const [input = 0n, cachedInput = 0n, cacheWrite = 0n, output = 0n, audio = 0n, characters = 0n, images = 0n] = apportion(
    total,
    terms,
    divisor,
  )
  return {
    total: nanoUsd(total),
    parts: {
      input: nanoUsd(input),
      cachedInput: nanoUsd(cachedInput),
      cacheWrite: nanoUsd(cacheWrite),
      output: nanoUsd(output),
      audio: nanoUsd(audio),
      characters: nanoUsd(characters),
      images: nanoUsd(images),
    },
  }
}

/** The total of `cost`, where nobody asks for its parts. */
export function totalCost({ prices }: Pick<Model, 'prices'>, usage: TokenUsage, units: MeasuredUnits = {}): NanoUsd {
  return nanoUsd(divide(sum(costTerms(prices, usage, units)), divisor, 'half-up'))
}

/**
 * The most that a call within `bound` can cost: all of its input at the dearest of the input, cached and cache-write prices, on the
 * dearest tier that its prompt can reach, rounded up. `boundTotal` of it is never below `cost` of anything within the bound.
 */
export function upperBound({ prices }: Pick<Model, 'prices'>, bound: CallBound): CostBound {
  let dearestInput = 0n
  let dearestOutput = 0n
  for (const rates of [prices, ...prices.tiers.filter((tier) => tier.aboveInputTokens < bound.inputTokens)]) {
    const writes = bound.writesOneHourCache ? [rates.cacheWrite, rates.cacheWriteOneHour] : [rates.cacheWrite]
    for (const rate of [rates.input, rates.cachedInput, ...writes]) if (rate > dearestInput) dearestInput = rate
    if (rates.output > dearestOutput) dearestOutput = rates.output
  }
  const fixed = tokens(bound.inputTokens, dearestInput) + sum(unitTerms(prices, bound.units ?? {}))
  return { fixedNanoUsd: nanoUsd(divide(fixed, divisor, 'up')), nanoUsdPerMillionOutput: dearestOutput }
}

/** A bound with so many output tokens, rounded up: the amount of a hold in dollars. */
export function boundTotal(bound: CostBound, outputTokens: number): NanoUsd {
  return nanoUsd(bound.fixedNanoUsd + divide(BigInt(outputTokens) * bound.nanoUsdPerMillionOutput, million, 'up'))
}

/** The rates of the whole call: those of the highest tier that its prompt reaches. */
export function ratesFor(prices: ModelPrices, inputTokens: number): TokenRates {
  return prices.tiers.findLast((tier) => inputTokens > tier.aboveInputTokens) ?? prices
}

/** In the order of `CostParts`. */
function costTerms(prices: ModelPrices, usage: TokenUsage, units: MeasuredUnits): bigint[] {
  const rates = ratesFor(prices, usage.inputTokens)
  const oneHour = usage.cacheWriteOneHourTokens ?? 0
  return [
    tokens(usage.inputTokens - usage.cachedTokens - usage.cacheWriteTokens, rates.input),
    tokens(usage.cachedTokens, rates.cachedInput),
    tokens(usage.cacheWriteTokens - oneHour, rates.cacheWrite) + tokens(oneHour, rates.cacheWriteOneHour),
    tokens(usage.outputTokens, rates.output),
    ...unitTerms(prices, units),
  ]
}

function tokens(count: number, nanoUsdPerMillion: bigint): bigint {
  return BigInt(count) * nanoUsdPerMillion * msPerMinute
}

function unitTerms(prices: ModelPrices, units: MeasuredUnits): [audio: bigint, characters: bigint, images: bigint] {
  const audioMs = units.audioMs ? Math.max(units.audioMs, prices.minimumAudioMs) : 0
  return [
    BigInt(audioMs) * (prices.audioMinute ?? 0n),
    BigInt(units.characters ?? 0) * (prices.character ?? 0n) * msPerMinute,
    BigInt(units.images ?? 0) * (prices.image ?? 0n) * msPerMinute,
  ]
}

function sum(terms: readonly bigint[]): bigint {
  return terms.reduce((total, term) => total + term, 0n)
}

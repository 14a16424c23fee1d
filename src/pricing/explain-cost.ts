import type { NanoUsd } from '../shared/money.ts'
import type { TokenUsage } from '../usage/index.ts'
import { cost, ratesFor } from './cost.ts'
import type { ModelPrices } from './model.ts'

export interface TokenCostPart {
  part: 'input' | 'cached' | 'cache_write' | 'cache_write_1h' | 'output'
  tokens: number
  nanoUsdPerMillion: bigint
}

export interface CostExplanation {
  /** Each part's own product, before the one rounding of the sum. */
  parts: TokenCostPart[]
  total: NanoUsd
  /** Set where a long prompt put the whole call on a tier of the price. */
  tierAboveInputTokens: number | undefined
}

/** The products that `cost` sums, of a call that is billed by tokens. `input` is what was neither cached nor written to a cache. */
export function explainCost(prices: ModelPrices, usage: TokenUsage): CostExplanation {
  const rates = ratesFor(prices, usage.inputTokens)
  const oneHour = usage.cacheWriteOneHourTokens ?? 0
  const parts: TokenCostPart[] = [
    { part: 'input', tokens: usage.inputTokens - usage.cachedTokens - usage.cacheWriteTokens, nanoUsdPerMillion: rates.input },
    { part: 'cached', tokens: usage.cachedTokens, nanoUsdPerMillion: rates.cachedInput },
    { part: 'cache_write', tokens: usage.cacheWriteTokens - oneHour, nanoUsdPerMillion: rates.cacheWrite },
    { part: 'cache_write_1h', tokens: oneHour, nanoUsdPerMillion: rates.cacheWriteOneHour },
    { part: 'output', tokens: usage.outputTokens, nanoUsdPerMillion: rates.output },
  ]
  return {
    parts: parts.filter(({ part, tokens }) => part !== 'cache_write_1h' || tokens > 0),
    total: cost({ prices }, usage).total,
    tierAboveInputTokens: prices.tiers.find((tier) => tier === rates)?.aboveInputTokens,
  }
}

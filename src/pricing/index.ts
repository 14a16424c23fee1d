export { boundTotal, type CallBound, type Cost, type CostBound, type CostParts, totalCost, upperBound } from './cost.ts'
export {
  createExchangeRates,
  type ExchangeQuote,
  type ExchangeRateOptions,
  type ExchangeRates,
  type RefreshReport,
} from './exchange-rates.ts'
export { type CostExplanation, explainCost, type TokenCostPart } from './explain-cost.ts'
export { identifyModels } from './identify-models.ts'
export {
  type BookedAttempt,
  type BookedCost,
  type CostProblem,
  type CostVerdict,
  judgeCost,
  priceIdsOf,
  type Undecidable,
} from './judge-cost.ts'
export { loadPriceSource } from './load-price-source.ts'
export { loadRegistry } from './load-registry.ts'
export {
  type ApiType,
  apiTypes,
  type Modality,
  type Model,
  type ModelCapabilities,
  type ModelPrices,
  type PriceTier,
  type TokenRates,
} from './model.ts'
export { createModelRegistry, type ModelRegistry, nameAtProvider } from './model-registry.ts'
export { loadPriceVersions, type PriceVersion } from './price-version.ts'
export { countModels, type ModelWish, putModel } from './put-model.ts'
export type { RegistryEntry } from './registry-entry.ts'
export { findModelPage, type ListedModelRow, type ModelPageQuery } from './sql/find-model-page.ts'
export { seedModels } from './sql/seed-models.ts'
export { type ModelChange, updateModel } from './sql/update-model.ts'
export { type PriceChange, type SyncReport, syncRegistry } from './sync-registry.ts'

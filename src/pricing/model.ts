export const apiTypes = ['chat', 'embeddings', 'transcription', 'speech', 'image', 'moderation'] as const
export type ApiType = (typeof apiTypes)[number]

export type Modality = 'text' | 'image' | 'audio' | 'video'

/** What a model can do. What the registry does not say is assumed of a plain text model. */
export interface ModelCapabilities {
  /** What a prompt may hold at the registered price. A kind that costs more than text, and cannot be told apart, is not listed. */
  input: readonly Modality[]
  tools: boolean
  structuredOutput: boolean
  /** Thinks before it answers: takes `max_completion_tokens` and no `temperature` where the provider is strict about it. */
  reasoning: boolean
  /** Only served by the Responses API, not by chat completions. */
  responsesOnly: boolean
}

/** Nano-dollars for a million tokens; whole, so that costs are computed in integers. Nothing is missing: see `ModelPrices`. */
export interface TokenRates {
  input: bigint
  cachedInput: bigint
  cacheWrite: bigint
  cacheWriteOneHour: bigint
  output: bigint
}

/** Rates of calls with a longer prompt; they apply to the whole call. */
export interface PriceTier extends TokenRates {
  aboveInputTokens: number
}

/**
 * One version of a model's prices, in nano-dollars for a million. Of tokens: where a provider has no price of its own for them, cached and
 * cache-write tokens cost what input costs, one-hour cache writes what cache writes cost, and kinds that a model is not billed by (the
 * output of an embedding) cost 0. Of a million minutes, characters or images: undefined where the model is not billed by them.
 */
export interface ModelPrices extends TokenRates {
  /** By rising `aboveInputTokens`. */
  tiers: readonly PriceTier[]
  audioMinute: bigint | undefined
  character: bigint | undefined
  image: bigint | undefined
  /** Shorter audio is billed as this long. */
  minimumAudioMs: number
}

/** A row of `ai_models_registry` that may be called now. */
export interface Model {
  id: string
  /** The row of `model_prices` that `prices` is; goes onto the usage row. */
  priceId: string
  /** Who serves it. */
  provider: string
  /** Who made it. */
  creator: string
  /** The name that the provider knows. */
  modelName: string
  /** `provider/modelName`, the name that everything else here uses. */
  gatewayIdentifier: string
  /** Its name at the Vercel AI Gateway; undefined where it is not offered there. */
  vercelIdentifier: string | undefined
  apiType: ApiType
  /** Tokens; undefined where nobody has published it. */
  contextWindow: number | undefined
  maxOutputTokens: number | undefined
  /** What is held for the answer when the caller names no limit. */
  defaultMaxOutputTokens: number
  capabilities: ModelCapabilities
  /** Other names, dated ones above all, without the provider. */
  aliases: readonly string[]
  prices: ModelPrices
}

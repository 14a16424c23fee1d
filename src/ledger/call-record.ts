import type { NanoBrl, NanoUsd } from '../shared/money.ts'

/** An upper bound of what a call may take from a budget, in the budget's integer unit (tokens, nano-dollars, nano-reais). */
export interface Bound {
  /** Of the input: taken whatever comes back. */
  fixed: bigint
  /** Of a million output tokens, for all answers asked for together. */
  perMillionOutput: bigint
}

/** By budget type. A type without a price is undefined: hard budgets of that type then refuse the call. */
export interface CallBounds {
  tokens: Bound
  usd: Bound | undefined
  brl: Bound | undefined
}

export type CallStatus = 'ok' | 'error' | 'cancelled' | 'estimated' | 'orphaned'

/** What is known of a call when it is admitted, and stays true of its row. */
export interface CallFacts {
  /** `guardrail` and `cache`: of a moderation or an embedding that the gateway asked for by itself, on behalf of another call. */
  source: 'api' | 'library' | 'whatsapp' | 'test' | 'guardrail' | 'cache'
  apiType: 'chat' | 'embeddings' | 'transcription' | 'speech' | 'image' | 'moderation'
  provider: string
  modelName: string
  /** The alias that was asked for; undefined where the model was asked for by its own name. */
  requestedModel?: string | undefined
  via: 'vercel' | 'direct' | undefined
  conversationId: string | undefined
  phone: string | undefined
  usdBrlRate: string | undefined
  rateSource: string | undefined
  rateAt: Date | undefined
  priceId: string | undefined
  flags: string[]
}

export interface AttemptRecord {
  provider: string
  model: string
  via: string
  status: number | undefined
  error: string | undefined
  requestId: string | undefined
  latencyMs: number
  costUsd: NanoUsd | undefined
  tokens: number
  /** What the cost follows from, where the row alone does not tell it: of several attempts, or of cache writes for an hour. */
  detail?: AttemptDetail | undefined
}

export interface AttemptDetail {
  priceId: string | undefined
  inputTokens: number
  cachedTokens: number
  cacheWriteTokens: number
  cacheWriteOneHourTokens: number
  outputTokens: number
}

/** How a call ended: one row of gateway_usage_logs. */
export interface CallRecord extends CallFacts {
  callId: string
  clientId: string
  /** When the call was admitted, as `Admission.admittedAt`: part of the row's key, so that booking twice is booking once. */
  createdAt: string
  /** Served while the database was away, so no hold exists. */
  unadmitted: boolean
  requestId: string | undefined
  inputTokens: number
  outputTokens: number
  cachedTokens: number
  cacheWriteTokens: number
  reasoningTokens: number
  totalTokens: number
  /** Seconds of audio, characters or images, by the kind of call. */
  units?: number | undefined
  latencyMs: number
  firstTokenMs: number | undefined
  wasCached: boolean
  wasFallback: boolean
  fallbackReason: string | undefined
  attempts: AttemptRecord[]
  costUsd: NanoUsd | undefined
  costBrl: NanoBrl | undefined
  /** Of a call that was answered from the cache: what its answer had cost. */
  savedUsd?: NanoUsd | undefined
  savedBrl?: NanoBrl | undefined
  status: CallStatus
  errorCode: string | undefined
}

import type { Guardrails, PiiKind } from '../guardrails/index.ts'

/** A tenant, as the hot path needs it. */
export interface Client {
  id: string
  name: string
  slug: string
  plan: string
  isActive: boolean
  usesGateway: boolean
  timeZone: string
  locale: 'pt-BR' | 'en'
  primaryModel: string
  /** Undefined takes the shared chain. */
  fallbackChain: string[] | undefined
  /** Output tokens reserved when the caller names no limit; undefined takes the model's default. */
  defaultMaxOutputTokens: number | undefined
  /** Of all its keys together; undefined: only the shared limit holds. */
  requestsPerMinute: number | undefined
  tokensPerMinute: number | undefined
  /** Under way at once, over all replicas; undefined: any number. */
  maxConcurrentCalls: number | undefined
  /** May it be answered from the response cache? Undefined takes the shared setting. */
  usesCache: boolean | undefined
  /** Counts how often what was cached for it was thrown away. */
  cacheEpoch: number
  /** May it be answered from the cache as who asked nearly the same? Undefined: by exactly the same request only. */
  semanticCache: SemanticCacheWish | undefined
  /** Its own users may make and revoke its keys in the portal. */
  portalMayManageKeys: boolean
  /** What contacts said and were told is deleted after so many days; undefined: it is kept. */
  messageRetentionDays: number | undefined
  /** Undefined: its calls are not looked at. */
  guardrails: Guardrails | undefined
  /** Kept with the client because it decides what happens while the ledger cannot be asked. */
  hasHardBudget: boolean
  /** An operator keeps one of its budgets paused. */
  isPaused: boolean
}

/** Which embeddings model says what is near, and from which cosine similarity on (0.5 to 1) it is near enough. */
export interface SemanticCacheWish {
  model: string
  similarity: number
}

/** What the table takes as a slug. */
export function isSlug(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,62}$/.test(text)
}

export interface ClientRow {
  id: string
  name: string
  slug: string
  plan: string
  status: string
  use_ai_gateway: boolean
  time_zone: string
  locale: 'pt-BR' | 'en'
  primary_model: string
  fallback_chain: unknown
  default_max_output_tokens: number | null
  max_requests_per_minute: number | null
  max_tokens_per_minute: bigint | null
  max_concurrent_calls: number | null
  cache_enabled: boolean | null
  cache_epoch: number
  semantic_cache: SemanticCacheWish | null
  portal_may_manage_keys: boolean
  message_retention_days: number | null
  guardrails: GuardrailsRow | null
  has_hard_budget: boolean
  is_paused: boolean
}

/** As JSON of the table's row. */
export interface GuardrailsRow {
  mask_pii: PiiKind[]
  max_input_tokens: number | null
  allowed_models: string[] | null
  blocked_terms: string[]
  moderation_model: string | null
  moderation_categories: string[] | null
  moderation_fails: 'open' | 'closed'
}

function fromGuardrailsRow(row: GuardrailsRow): Guardrails {
  return {
    maskPii: row.mask_pii,
    maxInputTokens: row.max_input_tokens ?? undefined,
    allowedModels: row.allowed_models ?? undefined,
    blockedTerms: row.blocked_terms,
    moderation:
      row.moderation_model === null
        ? undefined
        : { model: row.moderation_model, categories: row.moderation_categories ?? undefined, fails: row.moderation_fails },
  }
}

export function fromRow(row: ClientRow): Client {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    plan: row.plan,
    isActive: row.status === 'active',
    usesGateway: row.use_ai_gateway,
    timeZone: row.time_zone,
    locale: row.locale,
    primaryModel: row.primary_model,
    fallbackChain: Array.isArray(row.fallback_chain) ? row.fallback_chain.filter((entry) => typeof entry === 'string') : undefined,
    defaultMaxOutputTokens: row.default_max_output_tokens ?? undefined,
    requestsPerMinute: row.max_requests_per_minute ?? undefined,
    tokensPerMinute: row.max_tokens_per_minute === null ? undefined : Number(row.max_tokens_per_minute),
    maxConcurrentCalls: row.max_concurrent_calls ?? undefined,
    usesCache: row.cache_enabled ?? undefined,
    cacheEpoch: row.cache_epoch,
    semanticCache: row.semantic_cache ?? undefined,
    portalMayManageKeys: row.portal_may_manage_keys,
    messageRetentionDays: row.message_retention_days ?? undefined,
    guardrails: row.guardrails === null ? undefined : fromGuardrailsRow(row.guardrails),
    hasHardBudget: row.has_hard_budget,
    isPaused: row.is_paused,
  }
}

import type { Client } from './client.ts'
import type { ListedClient } from './client-admin.ts'

/** A client for machines, the same by command line and HTTP. */
export function clientToJson(client: Client & Partial<Pick<ListedClient, 'activeKeys' | 'createdAt'>>) {
  return {
    id: client.id,
    slug: client.slug,
    name: client.name,
    plan: client.plan,
    status: client.isActive ? ('active' as const) : ('suspended' as const),
    use_ai_gateway: client.usesGateway,
    time_zone: client.timeZone,
    locale: client.locale,
    primary_model: client.primaryModel,
    fallback_chain: client.fallbackChain ?? null,
    default_max_output_tokens: client.defaultMaxOutputTokens ?? null,
    max_requests_per_minute: client.requestsPerMinute ?? null,
    max_tokens_per_minute: client.tokensPerMinute ?? null,
    max_concurrent_calls: client.maxConcurrentCalls ?? null,
    cache_enabled: client.usesCache ?? null,
    semantic_cache: client.semanticCache ?? null,
    portal_may_manage_keys: client.portalMayManageKeys,
    message_retention_days: client.messageRetentionDays ?? null,
    paused: client.isPaused,
    active_keys: client.activeKeys,
    created_at: client.createdAt,
  }
}

import type { ListedKey } from './key-admin.ts'

/** A key for machines, without what it opens with; the same by command line and HTTP. */
export function keyToJson(key: ListedKey) {
  return {
    id: key.id,
    client: key.clientSlug,
    name: key.name,
    prefix: key.prefix,
    status: key.status,
    allowed_models: key.allowedModels ?? null,
    requests_per_minute: key.requestsPerMinute ?? null,
    tokens_per_minute: key.tokensPerMinute ?? null,
    max_concurrent_calls: key.maxConcurrentCalls ?? null,
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
    revoked_at: key.revokedAt ?? null,
    last_used_at: key.lastUsedAt ?? null,
  }
}

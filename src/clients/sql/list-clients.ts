import type { Queryable } from '../../database/index.ts'
import type { ClientRow } from '../client.ts'

export interface ListedClientRow extends ClientRow {
  active_keys: number
  created_at: Date
}

/** All of them, by slug, with the number of keys that work. */
export async function listClientRows(db: Queryable): Promise<ListedClientRow[]> {
  return await db.query<ListedClientRow>(
    `select c.id, c.name, c.slug, c.plan, c.status, c.use_ai_gateway, c.time_zone, c.locale, c.primary_model, c.fallback_chain,
       c.default_max_output_tokens, c.max_requests_per_minute, c.max_tokens_per_minute, c.max_concurrent_calls, c.cache_enabled, c.cache_epoch,
       client_has_hard_budget(c.id) as has_hard_budget, client_is_paused(c.id) as is_paused,
       (select jsonb_build_object('model', s.model, 'similarity', s.similarity) from client_semantic_cache s
        where s.client_id = c.id) as semantic_cache,
       (select to_jsonb(g) from client_guardrails g where g.client_id = c.id) as guardrails, c.created_at,
       (select count(*)::int from client_api_keys k
        where k.client_id = c.id and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())) as active_keys
     from clients c
     order by c.slug`,
  )
}

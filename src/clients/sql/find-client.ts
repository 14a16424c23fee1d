import type { Queryable } from '../../database/index.ts'
import { isUuid } from '../../shared/id.ts'
import type { ClientRow } from '../client.ts'

/** By id or by slug (clients_pkey, clients_slug_key); an id, where another client has it as its slug. */
export async function findClientRow(db: Queryable, idOrSlug: string): Promise<ClientRow | undefined> {
  const rows = await db.query<ClientRow>(
    `select id, name, slug, plan, status, use_ai_gateway, time_zone, locale, primary_model, fallback_chain, default_max_output_tokens,
       max_requests_per_minute, max_tokens_per_minute, max_concurrent_calls, cache_enabled, cache_epoch, portal_may_manage_keys, message_retention_days,
       client_has_hard_budget(id) as has_hard_budget, client_is_paused(id) as is_paused,
       (select jsonb_build_object('model', s.model, 'similarity', s.similarity) from client_semantic_cache s
        where s.client_id = clients.id) as semantic_cache,
       (select to_jsonb(g) from client_guardrails g where g.client_id = clients.id) as guardrails
     from clients
     where id = $2::uuid or slug = $1
     order by id = $2::uuid desc nulls last limit 1`,
    [idOrSlug, isUuid(idOrSlug) ? idOrSlug : null],
  )
  return rows[0]
}

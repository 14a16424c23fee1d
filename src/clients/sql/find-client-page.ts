import type { Queryable } from '../../database/index.ts'
import type { ClientRow } from '../client.ts'

export interface ListedClientRow extends ClientRow {
  active_keys: number
  created_at: Date
}

export interface ClientPageQuery {
  /** In the name or the slug. */
  search: string | undefined
  plan: string | undefined
  status: 'active' | 'suspended' | undefined
  /** `usage`: by the budget that is nearest its limit. */
  sort: 'slug' | 'name' | 'created_at' | 'usage'
  order: 'asc' | 'desc'
  offset: number
  /** Undefined: all. */
  limit: number | undefined
}

const sortKeys: Record<ClientPageQuery['sort'], string> = {
  slug: 'c.slug',
  name: 'lower(c.name)',
  created_at: 'c.created_at',
  usage: '(select max(b.usage_percentage) from client_budgets b where b.client_id = c.id)',
}

/** One row more than `limit` where there are more. Clients are thousands at the most, so a page is found by counting. */
export async function findClientPage(db: Queryable, query: ClientPageQuery): Promise<{ rows: ListedClientRow[]; total: number }> {
  const { search, plan, status, sort, order, offset, limit } = query
  const rows = await db.query<ListedClientRow & { total: number }>(
    `select c.id, c.name, c.slug, c.plan, c.status, c.use_ai_gateway, c.time_zone, c.locale, c.primary_model, c.fallback_chain,
       c.default_max_output_tokens, c.max_requests_per_minute, c.max_tokens_per_minute, c.max_concurrent_calls, c.cache_enabled, c.cache_epoch,
       c.portal_may_manage_keys, c.message_retention_days,
       client_has_hard_budget(c.id) as has_hard_budget, client_is_paused(c.id) as is_paused,
       (select jsonb_build_object('model', s.model, 'similarity', s.similarity) from client_semantic_cache s
        where s.client_id = c.id) as semantic_cache,
       (select to_jsonb(g) from client_guardrails g where g.client_id = c.id) as guardrails, c.created_at,
       (select count(*)::int from client_api_keys k
        where k.client_id = c.id and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())) as active_keys,
       (count(*) over ())::int as total
     from clients c
     where ($1::text is null or strpos(lower(c.name), lower($1)) > 0 or strpos(c.slug, lower($1)) > 0)
       and ($2::text is null or c.plan = $2) and ($3::text is null or c.status = $3)
     order by ${sortKeys[sort]} ${order} nulls last, c.slug
     limit $4 offset $5`,
    [search, plan, status, limit === undefined ? null : limit + 1, offset],
  )
  return { rows, total: rows[0]?.total ?? 0 }
}

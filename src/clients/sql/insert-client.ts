import type { Queryable } from '../../database/index.ts'
import type { ClientRow } from '../client.ts'

export interface NewClient {
  name: string
  slug: string
  plan?: string | undefined
  usesGateway?: boolean | undefined
  timeZone?: string | undefined
  locale?: 'pt-BR' | 'en' | undefined
}

/** Undefined where the slug is taken. What is not given is the table's own default. */
export async function insertClient(db: Queryable, client: NewClient): Promise<ClientRow | undefined> {
  const rows = await db.query<ClientRow>(
    `insert into clients (name, slug, plan, use_ai_gateway, time_zone, locale)
     values ($1, $2, coalesce($3, 'free'), $4, coalesce($5, 'America/Sao_Paulo'), coalesce($6, 'pt-BR'))
     on conflict (slug) do nothing
     returning id, name, slug, plan, status, use_ai_gateway, time_zone, locale, primary_model, fallback_chain, default_max_output_tokens,
       max_requests_per_minute, max_tokens_per_minute, max_concurrent_calls, cache_enabled, cache_epoch, portal_may_manage_keys,
       null as semantic_cache, null as guardrails, client_has_hard_budget(id) as has_hard_budget, client_is_paused(id) as is_paused`,
    [client.name, client.slug, client.plan, client.usesGateway ?? false, client.timeZone, client.locale],
  )
  return rows[0]
}

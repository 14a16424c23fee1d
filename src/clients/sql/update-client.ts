import type { Queryable } from '../../database/index.ts'

/** Columns of `clients` that a person sets. What is undefined stays as it is. */
export interface ClientChange {
  name?: string | undefined
  plan?: string | undefined
  status?: 'active' | 'suspended' | undefined
  use_ai_gateway?: boolean | undefined
  time_zone?: string | undefined
  locale?: 'pt-BR' | 'en' | undefined
  primary_model?: string | undefined
  /** Null takes the shared chain. */
  fallback_chain?: readonly string[] | null | undefined
  /** Null takes the model's own. */
  default_max_output_tokens?: number | null | undefined
  /** Null takes the limit away. */
  max_requests_per_minute?: number | null | undefined
  max_tokens_per_minute?: number | null | undefined
  /** Calls under way at once, of all its keys. */
  max_concurrent_calls?: number | null | undefined
  /** Null takes the shared setting. */
  cache_enabled?: boolean | null | undefined
  /** May its own users make and revoke keys? */
  portal_may_manage_keys?: boolean | undefined
  /** Null keeps messages for good. */
  message_retention_days?: number | null | undefined
  /** Who is told of its budgets; null tells nobody by that way. */
  notification_email?: string | null | undefined
  notification_webhook_url?: string | null | undefined
  notification_whatsapp?: string | null | undefined
}

export async function updateClient(db: Queryable, id: string, change: ClientChange): Promise<void> {
  await db.query(
    `update clients c
     set (name, plan, status, use_ai_gateway, time_zone, locale, primary_model, fallback_chain, default_max_output_tokens,
         max_requests_per_minute, max_tokens_per_minute, max_concurrent_calls, cache_enabled, portal_may_manage_keys, message_retention_days,
         notification_email, notification_webhook_url, notification_whatsapp) = (
       select s.name, s.plan, s.status, s.use_ai_gateway, s.time_zone, s.locale, s.primary_model, nullif(s.fallback_chain, 'null'),
         s.default_max_output_tokens, s.max_requests_per_minute, s.max_tokens_per_minute, s.max_concurrent_calls, s.cache_enabled,
         s.portal_may_manage_keys, s.message_retention_days, s.notification_email, s.notification_webhook_url, s.notification_whatsapp
       from jsonb_populate_record(c, $2::jsonb) as s
     )
     where id = $1`,
    [id, JSON.stringify(change)],
  )
}

import type { Queryable } from '../../database/index.ts'

export interface ListedKeyRow {
  id: string
  client_slug: string
  time_zone: string
  name: string
  prefix: string
  allowed_models: string[] | null
  requests_per_minute: number | null
  tokens_per_minute: number | null
  max_concurrent_calls: number | null
  created_at: Date
  expires_at: Date | null
  revoked_at: Date | null
  last_used_at: Date | null
  is_expired: boolean
}

/** Of one client, or of all; never the hash. */
export async function listClientKeys(db: Queryable, clientId: string | undefined): Promise<ListedKeyRow[]> {
  return await db.query<ListedKeyRow>(
    `select k.id, c.slug as client_slug, c.time_zone, k.name, k.prefix, k.allowed_models,
       k.requests_per_minute, k.tokens_per_minute, k.max_concurrent_calls, k.created_at, k.expires_at,
       k.revoked_at, k.last_used_at, coalesce(k.expires_at <= now(), false) as is_expired
     from client_api_keys k join clients c on c.id = k.client_id
     where $1::uuid is null or k.client_id = $1
     order by c.slug, k.created_at, k.id`,
    [clientId],
  )
}

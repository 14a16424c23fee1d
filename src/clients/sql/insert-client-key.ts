import type { Queryable } from '../../database/index.ts'

export interface NewKeyRow {
  clientId: string
  name: string
  prefix: string
  hash: Buffer
  allowedModels: readonly string[] | undefined
  requestsPerMinute: number | undefined
  tokensPerMinute: number | undefined
  maxConcurrentCalls: number | undefined
  /** When it ends: either of the two, or neither. */
  lastsSeconds: number | undefined
  /** A day or a time without a zone is the client's own. */
  expiresAt: string | undefined
}

/** Undefined where the end is not in the future. The database's clock decides that. */
export async function insertClientKey(db: Queryable, key: NewKeyRow): Promise<{ id: string; expires_at: Date | null } | undefined> {
  const rows = await db.query<{ id: string; expires_at: Date | null }>(
    `insert into client_api_keys (client_id, name, prefix, hash, allowed_models, expires_at, requests_per_minute, tokens_per_minute,
       max_concurrent_calls)
     select c.id, $2, $3, $4, $5::text[], e.ends_at, $8::integer, $9::integer, $10::integer
     from clients c
     cross join lateral (
       select case
         when $6::float8 is not null then now() + make_interval(secs => $6::float8)
         when $7 ~ '([zZ]|[+-][0-9]{2}:?[0-9]{2})$' and $7 ~ ':' then $7::timestamptz
         else $7::timestamp at time zone c.time_zone
       end as ends_at
     ) e
     where c.id = $1 and (e.ends_at is null or e.ends_at > now())
     returning id, expires_at`,
    [
      key.clientId,
      key.name,
      key.prefix,
      key.hash,
      key.allowedModels,
      key.lastsSeconds,
      key.expiresAt,
      key.requestsPerMinute,
      key.tokensPerMinute,
      key.maxConcurrentCalls,
    ],
  )
  return rows[0]
}

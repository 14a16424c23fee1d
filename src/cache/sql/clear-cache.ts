import type { Queryable } from '../../database/index.ts'

/** Deletes what is kept for a client, or for all, and makes what replicas have in memory unfindable. */
export async function clearCacheRows(db: Queryable, clientId: string | undefined): Promise<{ answers: number; bytes: number }> {
  const rows = await db.query<{ answers: number; bytes: number }>(
    `with turned as (
       update clients set cache_epoch = cache_epoch + 1 where $1::uuid is null or id = $1
     ), deleted as (
       -- In the order in which they are written.
       delete from response_cache r using (
         select client_id, key_hash from response_cache where $1::uuid is null or client_id = $1 order by client_id, key_hash for update
       ) as locked
       where r.client_id = locked.client_id and r.key_hash = locked.key_hash
       returning r.bytes
     )
     select count(*)::float8 as answers, coalesce(sum(bytes), 0)::float8 as bytes from deleted`,
    [clientId],
  )
  return rows[0] ?? { answers: 0, bytes: 0 }
}

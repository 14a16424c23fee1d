import type { Queryable } from '../../database/index.ts'

/** Deletes what is kept for a client, or for all, and makes what replicas have in memory unfindable. */
export async function clearCacheRows(db: Queryable, clientId: string | undefined): Promise<{ answers: number; bytes: number }> {
  const rows = await db.query<{ answers: number; bytes: number }>(
    `with turned as (
       update clients set cache_epoch = cache_epoch + 1 where $1::uuid is null or id = $1
     ), deleted as (
       delete from response_cache where $1::uuid is null or client_id = $1 returning bytes
     )
     select count(*)::float8 as answers, coalesce(sum(bytes), 0)::float8 as bytes from deleted`,
    [clientId],
  )
  return rows[0] ?? { answers: 0, bytes: 0 }
}

import type { Queryable } from '../../database/index.ts'

export interface CacheStatsRow {
  client: string
  /** Null takes the shared setting. */
  cache_enabled: boolean | null
  /** Null: by exactly the same request only. */
  semantic_model: string | null
  semantic_similarity: number | null
  answers: number
  bytes: number
  oldest: Date | null
}

/** What is kept for each client; those without anything are left out, unless they have a setting of their own. */
export async function readCacheStats(db: Queryable): Promise<CacheStatsRow[]> {
  return await db.query<CacheStatsRow>(
    `select c.slug as client, c.cache_enabled, s.model as semantic_model, s.similarity as semantic_similarity, count(r.client_id)::float8 as answers, coalesce(sum(r.bytes), 0)::float8 as bytes,
       min(r.created_at) as oldest
     from clients c left join response_cache r on r.client_id = c.id left join client_semantic_cache s on s.client_id = c.id
     group by c.id, s.client_id
     having count(r.client_id) > 0 or c.cache_enabled is not null or s.client_id is not null
     order by bytes desc, c.slug`,
  )
}

import type { Queryable } from '../database/index.ts'
import { clearCacheRows } from './sql/clear-cache.ts'
import { readCacheStats } from './sql/read-cache-stats.ts'

export interface CacheStats {
  client: string
  /** The client's own switch; undefined takes the shared one. */
  isEnabled: boolean | undefined
  /** How near what its requests mean has to be, by which embeddings model. Undefined: only exactly the same request is answered. */
  semantic: { model: string; similarity: number } | undefined
  /** What is in the database: replicas have copies of it in memory. */
  answers: number
  bytes: number
  oldest: Date | undefined
}

/**
 * Forgets what is cached for a client, or, for undefined, for all of them: every replica within a second, and from then on also what
 * was under way. Answers how much there was in the database.
 */
export async function clearCache(db: Queryable, clientId: string | undefined): Promise<{ answers: number; bytes: number }> {
  return await clearCacheRows(db, clientId)
}

/** Of each client that has something cached or a switch of its own, the largest first. */
export async function listCacheStats(db: Queryable): Promise<CacheStats[]> {
  const rows = await readCacheStats(db)
  return rows.map(({ cache_enabled, semantic_model: model, semantic_similarity: similarity, oldest, ...row }) => ({
    ...row,
    isEnabled: cache_enabled ?? undefined,
    semantic: model === null || similarity === null ? undefined : { model, similarity },
    oldest: oldest ?? undefined,
  }))
}

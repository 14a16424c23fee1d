import type { Queryable } from '../../database/index.ts'

/** Null takes the shared setting. */
export async function setClientCacheFlag(db: Queryable, clientId: string, usesCache: boolean | null): Promise<void> {
  await db.query('update clients set cache_enabled = $2 where id = $1', [clientId, usesCache])
}

import type { Queryable } from '../../database/index.ts'

export async function deleteSemanticCacheRow(db: Queryable, clientId: string): Promise<void> {
  await db.query('delete from client_semantic_cache where client_id = $1', [clientId])
}

import type { Queryable } from '../../database/index.ts'
import type { SemanticCacheWish } from '../client.ts'

export async function setSemanticCacheRow(db: Queryable, clientId: string, { model, similarity }: SemanticCacheWish): Promise<void> {
  await db.query(
    `insert into client_semantic_cache (client_id, model, similarity) values ($1, $2, $3)
     on conflict (client_id) do update set model = excluded.model, similarity = excluded.similarity`,
    [clientId, model, similarity],
  )
}

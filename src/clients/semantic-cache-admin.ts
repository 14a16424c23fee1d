import type { Queryable } from '../database/index.ts'
import type { Client, SemanticCacheWish } from './client.ts'
import { getClient } from './client-admin.ts'
import { deleteSemanticCacheRow } from './sql/delete-semantic-cache.ts'
import { setSemanticCacheRow } from './sql/set-semantic-cache.ts'

/** `model` is an identifier of the registry. Throws InvalidRequestError `not_found`. Every replica sees it within a second. */
export async function setSemanticCache(db: Queryable, idOrSlug: string, wish: SemanticCacheWish): Promise<Client> {
  const client = await getClient(db, idOrSlug)
  await setSemanticCacheRow(db, client.id, wish)
  return { ...client, semanticCache: wish }
}

/** From now on only exactly the same request is answered from the cache. */
export async function clearSemanticCache(db: Queryable, idOrSlug: string): Promise<Client> {
  const client = await getClient(db, idOrSlug)
  await deleteSemanticCacheRow(db, client.id)
  return { ...client, semanticCache: undefined }
}

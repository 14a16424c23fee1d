import { z } from 'zod'
import { prepareSemanticCache } from '../../cache/index.ts'
import { clearSemanticCache, clientToJson, getClient, setSemanticCache } from '../../clients/index.ts'
import { loadRegistry } from '../../pricing/index.ts'
import { adminRoute } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'
import { client } from './clients.ts'

const params = z.object({ client: clientName })
const url = '/clients/:client/semantic-cache'

/** What `catraca cache semantic` does. Each request that is not cached then pays for an embedding. */
export const semanticCacheRoutes = [
  adminRoute({
    method: 'PUT',
    url,
    summary: 'Also answers from the cache what means nearly the same; needs pgvector',
    access: 'write',
    input: {
      params,
      body: z.strictObject({
        model: z.string().min(1).max(200).default('openai/text-embedding-3-small'),
        similarity: z.number().min(0.5).max(1).default(0.95),
      }),
    },
    output: client,
    async handle({ owner }, { params: { client: which }, body }) {
      const { slug } = await getClient(owner, which)
      const model = (await loadRegistry(owner)).get(body.model, 'embeddings').gatewayIdentifier
      await prepareSemanticCache(owner)
      return clientToJson(await setSemanticCache(owner, slug, { model, similarity: body.similarity }))
    },
  }),
  adminRoute({
    method: 'DELETE',
    url,
    summary: 'Only exactly the same request is answered from the cache',
    access: 'write',
    input: { params },
    output: client,
    handle: async ({ owner }, input) => clientToJson(await clearSemanticCache(owner, input.params.client)),
  }),
] as const

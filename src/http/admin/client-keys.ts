import { z } from 'zod'
import { createKey, getClient, keyToJson, listKeys, revokeKey } from '../../clients/index.ts'
import { identifyModels } from '../../pricing/index.ts'
import { adminRoute, count, time } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'
import { modelNames } from './model-names.ts'

export const clientKey = z.object({
  id: z.string(),
  client: z.string(),
  name: z.string(),
  prefix: z.string(),
  status: z.enum(['active', 'expired', 'revoked']),
  allowed_models: z.array(z.string()).nullable(),
  requests_per_minute: count.nullable(),
  tokens_per_minute: count.nullable(),
  max_concurrent_calls: count.nullable(),
  created_at: time,
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  last_used_at: time.nullable(),
})

/** A day is the client's own, up to its beginning. */
export const keyWish = z.strictObject({
  name: z.string().min(1).max(200),
  allowed_models: modelNames.optional(),
  requests_per_minute: z.number().int().min(1).max(2_000_000_000).optional(),
  tokens_per_minute: z.number().int().min(1).max(2_000_000_000).optional(),
  max_concurrent_calls: z.number().int().min(1).max(2_000_000_000).optional(),
  expires_at: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/, 'write 2027-01-31 or an ISO time with its zone')
    .optional(),
})

/** `key` is shown this once; only its hash is kept. */
export const createdKey = z.object({ id: z.string(), key: z.string(), prefix: z.string(), expires_at: time.nullable() })

const params = z.object({ client: clientName })
const url = '/clients/:client/keys'

export const clientKeyRoutes = [
  adminRoute({
    method: 'GET',
    url,
    summary: 'The client’s keys, without what they open with',
    access: 'read',
    input: { params },
    output: z.array(clientKey),
    handle: async ({ owner }, input) => (await listKeys(owner, (await getClient(owner, input.params.client)).id)).map(keyToJson),
  }),
  adminRoute({
    method: 'POST',
    url,
    summary: 'Makes a key; it is shown once',
    access: 'write',
    input: { params, body: keyWish },
    output: createdKey,
    async handle({ owner }, { params: { client }, body }) {
      const { id, key, prefix, expiresAt } = await createKey(owner, {
        clientId: (await getClient(owner, client)).id,
        name: body.name,
        allowedModels: await identifyModels(owner, body.allowed_models),
        requestsPerMinute: body.requests_per_minute,
        tokensPerMinute: body.tokens_per_minute,
        maxConcurrentCalls: body.max_concurrent_calls,
        expires: body.expires_at === undefined ? undefined : { at: body.expires_at },
      })
      return { id, key, prefix, expires_at: expiresAt ?? null }
    },
  }),
  adminRoute({
    method: 'POST',
    url: '/keys/:key/revoke',
    summary: 'Refuses a key from now on, on every replica within a second',
    access: 'write',
    input: { params: z.object({ key: z.uuid() }) },
    output: clientKey,
    handle: async ({ owner }, input) => keyToJson(await revokeKey(owner, input.params.key)),
  }),
] as const

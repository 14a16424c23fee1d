import { z } from 'zod'
import { createOwnKey, getClient, keyToJson, type ListedKey, listKeys, revokeKey } from '../../clients/index.ts'
import { InvalidRequestError, PermissionError } from '../../shared/errors.ts'
import { clientKey, createdKey, keyWish } from '../admin/client-keys.ts'
import { type PortalContext, portalRoute } from '../api/index.ts'

const key = clientKey.omit({ client: true })

/** `/api/portal/keys`: the client's own, to be made and revoked where the operator lets it (`portal_may_manage_keys`). */
export const keyRoutes = [
  portalRoute({
    method: 'GET',
    url: '/keys',
    summary: 'The client’s keys, without what they open with, and whether its users may manage them',
    access: 'read',
    input: {},
    output: z.object({ may_manage: z.boolean(), keys: z.array(key) }),
    async handle({ owner, clientId }) {
      const { portalMayManageKeys } = await getClient(owner, clientId)
      return { may_manage: portalMayManageKeys, keys: (await listKeys(owner, clientId)).map(toOwn) }
    },
  }),
  portalRoute({
    method: 'POST',
    url: '/keys',
    summary: 'Makes a key; it is shown once. Only where the operator lets the client, and while it has fewer than 100 active ones',
    access: 'write',
    input: { body: keyWish.pick({ name: true, expires_at: true }) },
    output: createdKey,
    async handle(context, { body }) {
      await mayManage(context)
      const {
        id,
        key: whole,
        prefix,
        expiresAt,
      } = await createOwnKey(context.owner, {
        clientId: context.clientId,
        name: body.name,
        expires: body.expires_at === undefined ? undefined : { at: body.expires_at },
      })
      return { id, key: whole, prefix, expires_at: expiresAt ?? null }
    },
  }),
  portalRoute({
    method: 'POST',
    url: '/keys/:key/revoke',
    summary: 'Refuses a key from now on. Only where the operator lets the client',
    access: 'write',
    input: { params: z.object({ key: z.uuid() }) },
    output: key,
    async handle(context, { params }) {
      // First: whoever may not revoke keys is not told which ones there are.
      await mayManage(context)
      const isOwn = (await listKeys(context.owner, context.clientId)).some(({ id }) => id === params.key)
      if (!isOwn) throw new InvalidRequestError('not_found', `There is no key "${params.key}".`)
      return toOwn(await revokeKey(context.owner, params.key))
    },
  }),
] as const

async function mayManage({ owner, clientId }: PortalContext): Promise<void> {
  if ((await getClient(owner, clientId)).portalMayManageKeys) return
  throw new PermissionError('not_allowed', 'Your keys are managed by whoever runs this gateway: ask them for a new one.')
}

function toOwn(listed: ListedKey): z.input<typeof key> {
  const { client: _own, ...rest } = keyToJson(listed)
  return rest
}

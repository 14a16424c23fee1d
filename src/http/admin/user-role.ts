import { z } from 'zod'
import { type RoleWish, roles } from '../../accounts/index.ts'
import { getClient } from '../../clients/index.ts'
import type { ApiContext } from '../api/index.ts'
import { clientName } from './budget-schemas.ts'

export const role = z.enum(roles)

/** `client` (slug or id) for role `client`, and for no other. */
export const roleWish = { role, client: clientName.optional() }

export async function readRole({ owner }: ApiContext, wish: { role: RoleWish['role']; client?: string | undefined }): Promise<RoleWish> {
  return { role: wish.role, clientId: wish.client === undefined ? undefined : (await getClient(owner, wish.client)).id }
}

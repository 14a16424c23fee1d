import { type Client, getClient } from '../../clients/index.ts'
import type { PortalContext } from '../api/index.ts'
import type { Asked } from '../reports/usage-query.ts'

/** The one client that the caller may see. */
export async function ownClient({ owner, clientId }: PortalContext): Promise<Client> {
  return await getClient(owner, clientId)
}

/** What is asked for of its usage: by its own clock. */
export async function ownUsage(context: PortalContext): Promise<Asked> {
  const { id, timeZone } = await ownClient(context)
  return { clientId: id, timeZone }
}

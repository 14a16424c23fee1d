import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { openSecret } from '../../shared/secret.ts'
import type { HttpContext } from '../http-context.ts'
import { presentedKey } from '../presented-key.ts'

/** Who is asking: a program with the admin token, or somebody who is logged in. */
export interface Caller {
  kind: 'token' | 'user'
  role: 'admin' | 'viewer' | 'client'
  userId: string | undefined
  /** For the audit log: the user's e-mail, or that it was the token. */
  name: string
  /** The one client whose figures this caller may see: of role `client`, and only of that. */
  clientId: string | undefined
}

/**
 * Undefined for whoever is nobody. A request that presents a key is judged by that alone, so that no page can add one to a cookie. Looked up
 * each time, so a role that changed or a session that ended counts at once.
 */
export async function callerOf(
  context: Pick<HttpContext, 'accounts' | 'adminToken'>,
  request: FastifyRequest,
): Promise<Caller | undefined> {
  const presented = presentedKey(request.headers)
  if (presented !== undefined) {
    if (!context.adminToken || !openSecret(context.adminToken, (token) => isSame(token, presented))) return undefined
    return { kind: 'token', role: 'admin', userId: undefined, name: 'admin token', clientId: undefined }
  }
  const session = await context.accounts.sessionOf(request.headers.cookie)
  return session && { kind: 'user', role: session.role, userId: session.userId, name: session.email, clientId: session.clientId }
}

/** Hashed first, so that the comparison takes as long for every wrong token. */
export function isSame(token: string, presented: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(token), digest(presented))
}

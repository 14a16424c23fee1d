import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AuthenticationError, PermissionError } from '../../shared/errors.ts'
import { registerRoutes } from '../api/index.ts'
import { type Caller, callerOf, requireSameOrigin } from '../auth/index.ts'
import type { HttpContext } from '../http-context.ts'
import { presentedKey } from '../presented-key.ts'
import { portalRoutes } from './routes.ts'

/** `/api/portal`: a client's own figures, for its users who have logged in. Answers and errors are as those of `/api/admin`. */
export function portalApi(app: FastifyInstance, context: HttpContext): void {
  registerRoutes(app, {
    prefix: '/api/portal',
    routes: portalRoutes,
    context,
    authenticate: (request) => authenticate(context, request),
    contextOf: ({ clientId }) => ({ clientId }),
  })
}

async function authenticate(context: HttpContext, request: FastifyRequest): Promise<Caller> {
  requireSameOrigin(context, request)
  const caller = await callerOf(context, request)
  // The database's own rule: role `client` has a client, no other role has one.
  if (caller?.role === 'client' && caller.clientId !== undefined) return caller
  if (caller) throw new PermissionError('not_allowed', 'This is a client’s portal: operators find every client’s figures at /clients.')
  if (presentedKey(request.headers) === undefined) throw new AuthenticationError('key_missing', 'Log in to see your figures.')
  throw new PermissionError('not_allowed', 'The portal opens by logging in, not by a key or a token.')
}

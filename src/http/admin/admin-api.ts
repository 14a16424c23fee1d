import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AuthenticationError, PermissionError } from '../../shared/errors.ts'
import { openSecret, type Secret } from '../../shared/secret.ts'
import { type Caller, registerRoutes } from '../api/index.ts'
import type { HttpContext } from '../http-context.ts'
import { presentedKey } from '../presented-key.ts'
import { playground } from './playground.ts'
import { adminRoutes } from './routes.ts'

/**
 * `/api/admin`: what the command line does, for the operator's own programs. `Authorization: Bearer CATRACA_ADMIN_TOKEN`; without that
 * setting it is closed, because whoever reaches it can give money away. Answers and errors are JSON: `{ "error": { code, message } }`.
 */
export function adminApi(app: FastifyInstance, context: HttpContext): void {
  const isToken = tokenCheck(context.adminToken)
  registerRoutes(app, {
    prefix: '/api/admin',
    routes: adminRoutes,
    context,
    authenticate: async (request) => authenticate(request, isToken),
    also: (api) => playground(api, context),
  })
}

/** Hashed first, so that the comparison takes as long for every wrong token. */
function tokenCheck(token: Secret | undefined): ((presented: string) => boolean) | undefined {
  if (!token) return undefined
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = openSecret(token, digest)
  return (presented) => timingSafeEqual(digest(presented), expected)
}

function authenticate(request: FastifyRequest, isToken: ((presented: string) => boolean) | undefined): Caller {
  if (!isToken) {
    throw new PermissionError('admin_closed', 'The admin API is closed: set CATRACA_ADMIN_TOKEN (openssl rand -base64 32) and start again.')
  }
  const presented = presentedKey(request.headers)
  if (presented === undefined) throw new AuthenticationError('key_missing', 'Send "Authorization: Bearer" and the admin token.')
  if (!isToken(presented)) throw new AuthenticationError('key_unknown', 'This is not the admin token.')
  return { kind: 'token', role: 'admin', userId: undefined, name: 'admin token', clientId: undefined }
}

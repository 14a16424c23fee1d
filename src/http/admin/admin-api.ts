import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AuthenticationError, PermissionError } from '../../shared/errors.ts'
import { registerRoutes } from '../api/index.ts'
import { type Caller, callerOf, requireSameOrigin } from '../auth/index.ts'
import type { HttpContext } from '../http-context.ts'
import { presentedKey } from '../presented-key.ts'
import { playground } from './playground.ts'
import { adminRoutes } from './routes.ts'

/**
 * `/api/admin`: what the command line does, for operators who have logged in, and for their programs by `Authorization: Bearer
 * CATRACA_ADMIN_TOKEN`. Answers and errors are JSON: `{ "error": { code, message } }`.
 */
export function adminApi(app: FastifyInstance, context: HttpContext): void {
  registerRoutes(app, {
    prefix: '/api/admin',
    routes: adminRoutes,
    context,
    authenticate: (request) => authenticate(context, request),
    also: (api) => playground(api, context),
  })
}

async function authenticate(context: HttpContext, request: FastifyRequest): Promise<Caller> {
  const isProgram = presentedKey(request.headers) !== undefined
  if (!isProgram) requireSameOrigin(context, request)
  const caller = await callerOf(context, request)
  if (caller?.role === 'client') throw new PermissionError('not_allowed', 'This is for operators. Your own figures are at /portal.')
  if (caller) return caller
  if (!isProgram) throw new AuthenticationError('key_missing', 'Log in, or send "Authorization: Bearer" and the admin token.')
  if (context.adminToken) throw new AuthenticationError('key_unknown', 'This is not the admin token.')
  throw new PermissionError('admin_closed', 'No admin token is set: set CATRACA_ADMIN_TOKEN (openssl rand -base64 32) and start again.')
}

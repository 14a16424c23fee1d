import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AuthenticationError, InvalidRequestError, PermissionError, toGatewayError } from '../../shared/errors.ts'
import { openSecret, type Secret } from '../../shared/secret.ts'
import { stringify } from '../../shared/stringify.ts'
import type { HttpContext } from '../http-context.ts'
import { presentedKey } from '../presented-key.ts'
import type { AdminRoute } from './admin-route.ts'
import { alertsRoute } from './alerts.ts'
import { budgetRoutes } from './budgets.ts'
import { explainRoute } from './explain.ts'
import { planBudgetRoutes } from './plan-budgets.ts'

const routes: readonly AdminRoute[] = [explainRoute, alertsRoute, ...budgetRoutes, ...planBudgetRoutes]

/**
 * `/api/admin`: what the command line does, for the operator's own programs. `Authorization: Bearer CATRACA_ADMIN_TOKEN`; without that
 * setting it is closed, because whoever reaches it can give money away. Answers and errors are JSON: `{ "error": { code, message } }`.
 */
export function adminApi(app: FastifyInstance, context: HttpContext): void {
  const isToken = tokenCheck(context.adminToken)
  app.register(
    async (admin) => {
      admin.addHook('onRequest', async (request) => authenticate(request, isToken))
      admin.setErrorHandler((thrown, request, reply) => {
        const error = toGatewayError(thrown)
        if (error.code === 'internal') context.log.error(`[Admin] ${request.method} ${request.routeOptions.url} failed`, thrown)
        const { code, publicMessage: message, details } = error
        return reply.code(error.httpStatus).send({ error: { code, message, ...details } })
      })
      admin.setReplySerializer(stringify)
      for (const { method, url, input, handle } of routes) {
        admin.route({
          method,
          url,
          handler: async (request, reply) => {
            reply.header('cache-control', 'no-store')
            return await handle(context, {
              params: parse(input.params ?? nothing, request.params, 'the address'),
              query: parse(input.query ?? nothing, request.query, 'the query'),
              body: input.body && parse(input.body, readJson(request.body), 'the body'),
            })
          },
        })
      }
    },
    { prefix: '/api/admin' },
  )
}

const nothing = z.object({})

/** Hashed first, so that the comparison takes as long for every wrong token. */
function tokenCheck(token: Secret | undefined): ((presented: string) => boolean) | undefined {
  if (!token) return undefined
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = openSecret(token, digest)
  return (presented) => timingSafeEqual(digest(presented), expected)
}

function authenticate(request: FastifyRequest, isToken: ((presented: string) => boolean) | undefined): void {
  if (!isToken) {
    throw new PermissionError('admin_closed', 'The admin API is closed: set CATRACA_ADMIN_TOKEN (openssl rand -base64 32) and start again.')
  }
  const presented = presentedKey(request.headers)
  if (presented === undefined) throw new AuthenticationError('key_missing', 'Send "Authorization: Bearer" and the admin token.')
  if (!isToken(presented)) throw new AuthenticationError('key_unknown', 'This is not the admin token.')
}

function readJson(body: unknown): unknown {
  try {
    return JSON.parse(String(body))
  } catch (cause) {
    throw new InvalidRequestError('invalid_body', 'The body is not JSON.', { cause })
  }
}

/** Every problem at once, each with the field's name. */
function parse(schema: z.ZodType, value: unknown, where: string): unknown {
  const parsed = (schema instanceof z.ZodObject ? schema.strict() : schema).safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
  throw new InvalidRequestError('invalid_body', `Something is wrong with ${where}. ${problems.join('; ')}`, { details: { problems } })
}

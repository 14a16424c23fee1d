import type { FastifyInstance, FastifyReply } from 'fastify'
import { InvalidRequestError } from '../../shared/errors.ts'
import { fromFastify } from '../from-fastify.ts'
import type { HttpContext } from '../http-context.ts'
import { requireSameOrigin } from './same-origin.ts'

const bodyLimit = 64 * 1024

/**
 * `/api/auth`: log-in, second factor, sessions, and how users come to be, for the dashboard and better-auth's own client. Errors are
 * `{ code, message }`, as better-auth's are.
 */
export function authRoutes(app: FastifyInstance, context: HttpContext): void {
  const { accounts, log } = context
  app.register(
    async (auth) => {
      auth.addHook('onRequest', async (request) => requireSameOrigin(context, request))
      auth.setErrorHandler((thrown, request, reply) => {
        const error = fromFastify(thrown, bodyLimit)
        if (error.code === 'internal') log.error(`[Accounts] ${request.method} ${request.routeOptions.url} failed`, thrown)
        if (error.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000))
        const { code, publicMessage: message, details } = error
        return reply
          .code(error.httpStatus)
          .header('cache-control', 'no-store')
          .send({ code, message, ...details })
      })
      for (const endpoint of accounts.endpoints) {
        auth.route({
          method: endpoint.method,
          url: endpoint.path,
          bodyLimit,
          exposeHeadRoute: false,
          handler: async (request, reply) => {
            const answer = await accounts.handle(endpoint, {
              body: readJson(request.body),
              cookie: request.headers.cookie,
              userAgent: request.headers['user-agent'],
              address: request.ip,
            })
            return await pass(answer, reply, request.protocol === 'https')
          },
        })
      }
    },
    { prefix: '/api/auth' },
  )
}

function readJson(body: unknown): unknown {
  const text = body instanceof Buffer ? body.toString() : ''
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new InvalidRequestError('invalid_body', 'The body is not JSON.', { cause })
  }
}

/** What came by https, through a proxy that is believed, never goes back by http: also where no CATRACA_PUBLIC_URL says so. */
async function pass(answer: Response, reply: FastifyReply, isHttps: boolean): Promise<FastifyReply> {
  reply.code(answer.status).header('cache-control', 'no-store').header('content-type', 'application/json; charset=utf-8')
  const cookies = answer.headers.getSetCookie().map((cookie) => (isHttps && !/; *secure/i.test(cookie) ? `${cookie}; Secure` : cookie))
  if (cookies.length > 0) reply.header('set-cookie', cookies)
  const retryAfter = answer.headers.get('retry-after')
  if (retryAfter !== null) reply.header('retry-after', retryAfter)
  return reply.send(Buffer.from(await answer.arrayBuffer()))
}

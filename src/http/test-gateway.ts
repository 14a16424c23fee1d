import type { FastifyInstance, FastifyRequest } from 'fastify'
import { toGatewayError } from '../shared/errors.ts'
import { callerOf } from './auth/index.ts'
import { isFromThisMachine, isOwnPage } from './from-this-machine.ts'
import type { HttpContext } from './http-context.ts'

/**
 * `GET /api/test/gateway`: the guide's step 7. It spends money without a key, so it is open only to this machine itself and only
 * outside production; else to an admin who is logged in, or the admin token. `?client=` takes an id or slug; without it, the newest client that is not the demo's.
 */
export function testGateway(app: FastifyInstance, context: HttpContext): void {
  app.get<{ Querystring: { client?: string } }>('/api/test/gateway', async (request, reply) => {
    if ((context.isProduction || !isFromThisMachine(request)) && !(await isAdmin(context, request))) {
      return reply
        .code(403)
        .send({ error: 'The test endpoint answers only on this machine itself and outside production, or to an admin.' })
    }
    try {
      const wanted = request.query.client
      const isName = wanted === undefined || (typeof wanted === 'string' && /^[\w-]{1,63}$/.test(wanted))
      const test = isName ? await context.testGateway(wanted) : ({ enabled: false } as const)
      if (!test.enabled) return reply.code(400).send({ error: 'Gateway not enabled for this client' })
      return { success: true, result: test.result }
    } catch (thrown) {
      const error = toGatewayError(thrown)
      if (error.code === 'internal') context.log.error('[AI Gateway] the test call failed', thrown)
      return reply.code(500).send({ error: error.publicMessage, code: error.code })
    }
  })
}

/** The cookie stays away from other pages' requests by itself (`SameSite`); this is the second lock on a GET that spends. */
async function isAdmin(context: HttpContext, request: FastifyRequest): Promise<boolean> {
  return isOwnPage(request) && (await callerOf(context, request))?.role === 'admin'
}

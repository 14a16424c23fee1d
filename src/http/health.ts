import type { FastifyInstance } from 'fastify'
import { toGatewayError } from '../shared/errors.ts'
import type { HttpContext } from './http-context.ts'

/** `GET /healthz`: the process answers. `GET /readyz`: it can serve calls, or says why not. */
export function health(app: FastifyInstance, context: HttpContext): void {
  app.get('/healthz', async () => ({ status: 'ok' }))

  app.get('/readyz', async (_request, reply) => {
    try {
      await context.checkReady()
      return { status: 'ready', spool: context.ledger.depth }
    } catch (thrown) {
      const error = toGatewayError(thrown)
      return reply.code(503).send({ status: 'not ready', code: error.code, message: error.publicMessage })
    }
  })
}

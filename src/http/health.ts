import type { FastifyInstance } from 'fastify'
import { toGatewayError } from '../shared/errors.ts'
import type { HttpContext } from './http-context.ts'

/** `GET /healthz`: the process answers. `GET /readyz`: it can serve calls and is to get them, or says why not. */
export function health(app: FastifyInstance, context: HttpContext): void {
  // A connection that stays open would lead the next call to a gateway that is gone.
  app.addHook('onRequest', async (_request, reply) => {
    if (context.isStopping()) reply.raw.shouldKeepAlive = false
  })

  app.get('/healthz', async () => ({ status: 'ok' }))

  app.get('/readyz', async (_request, reply) => {
    const { depth: spool, spoolBytes: spool_bytes } = context.ledger
    if (context.isStopping()) return reply.code(503).send({ status: 'stopping', spool, spool_bytes })
    try {
      await context.checkReady()
      context.ledger.ensureRoom(context.callsUnderWay.size)
      return { status: 'ready', spool, spool_bytes }
    } catch (thrown) {
      const error = toGatewayError(thrown)
      return reply.code(503).send({ status: 'not ready', spool, spool_bytes, code: error.code, message: error.publicMessage })
    }
  })
}

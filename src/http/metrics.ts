import type { FastifyInstance, FastifyRequest } from 'fastify'
import { openSecret } from '../shared/secret.ts'
import { callerOf, isSame } from './auth/index.ts'
import { isFromThisMachine } from './from-this-machine.ts'
import type { HttpContext } from './http-context.ts'
import { presentedKey } from './presented-key.ts'

/**
 * `GET /metrics` for Prometheus. It names models, targets and what everything costs, so it is open only to this machine itself and outside
 * production, as the test endpoint is (a proxy that adds no header makes everybody look local), to whoever presents METRICS_TOKEN or the
 * admin token, and to an admin who is logged in.
 */
export function metrics(app: FastifyInstance, context: HttpContext): void {
  if (!context.hasMetrics) return
  app.get('/metrics', async (request, reply) => {
    const isLocal = !context.isProduction && isFromThisMachine(request)
    if (!isLocal && !presentsToken(context, request) && (await callerOf(context, request))?.role !== 'admin') {
      return reply
        .code(403)
        .send({ error: 'Metrics are open with METRICS_TOKEN, to an admin, or, outside production, to this machine itself.' })
    }
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await context.collectMetrics())
  })
}

function presentsToken({ metricsToken }: HttpContext, request: FastifyRequest): boolean {
  const presented = presentedKey(request.headers)
  return presented !== undefined && metricsToken !== undefined && openSecret(metricsToken, (token) => isSame(token, presented))
}

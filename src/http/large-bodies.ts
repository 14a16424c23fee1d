import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { RateLimitedError } from '../shared/errors.ts'
import type { HttpContext } from './http-context.ts'
import { presentedKey } from './presented-key.ts'

/** Up to this size a body is read from anybody and not counted. */
export const smallBodyBytes = 64 * 1024
/** What one client may have under way at the most, so that the rest is left to others. */
const shareOfOne = 0.5
const tryAgainMs = 1_000

/**
 * Keeps the memory of bodies bounded: a large one is only read for a caller whose key is good, and only while those under way leave room
 * for it. A body of unknown length counts as the longest that is allowed.
 *
 * The hook throws AuthenticationError, or RateLimitedError `gateway_busy`.
 */
export function boundLargeBodies(app: FastifyInstance, context: HttpContext): void {
  const { bodyLimitBytes, bodiesLimitBytes } = context
  const byClient = new Map<string, number>()
  let total = 0

  const add = (clientId: string, bytes: number) => {
    total += bytes
    const own = (byClient.get(clientId) ?? 0) + bytes
    if (own === 0) byClient.delete(clientId)
    else byClient.set(clientId, own)
  }

  app.addHook('onRequest', (request, reply, done) => {
    const limit = request.routeOptions.bodyLimit ?? bodyLimitBytes
    const bytes = bytesOf(request.headers, limit)
    // One that is too long is refused by its length alone.
    if (bytes <= smallBodyBytes || bytes > limit || !request.url.startsWith('/v1/')) return done()
    const admit = async () => {
      const { client } = await context.clients.authenticate(presentedKey(request.headers))
      const own = byClient.get(client.id) ?? 0
      if (total + bytes > bodiesLimitBytes || own + bytes > Math.max(bodiesLimitBytes * shareOfOne, limit)) {
        const message = 'The gateway has as many large requests under way as its memory allows (CATRACA_BODIES_LIMIT_MB).'
        throw new RateLimitedError('gateway_busy', message, { retryAfterMs: tryAgainMs })
      }
      if (reply.raw.closed || reply.raw.destroyed) return
      add(client.id, bytes)
      reply.raw.once('close', () => add(client.id, -bytes))
    }
    admit().then(() => done(), done)
  })
}

function bytesOf(headers: IncomingHttpHeaders, bodyLimitBytes: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimitBytes
  return Number(headers['content-length'] ?? 0)
}

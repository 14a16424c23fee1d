import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RateLimitedError } from '../shared/errors.ts'
import { bodyOf } from './body-of.ts'
import type { HttpContext } from './http-context.ts'
import { presentedKey } from './presented-key.ts'

/** Up to this size a body is read from anybody and not counted. */
export const smallBodyBytes = 64 * 1024
/** What one client may have under way at the most, so that the rest is left to others. */
const shareOfOne = 0.5
const tryAgainMs = 1_000

/**
 * Keeps the memory of bodies bounded: a large one is only read for a caller whose key is good, or as a delivery of Meta's, whose signature can
 * be judged only with all of it; and only while those under way leave room for it. A body of unknown length counts as the longest that is
 * allowed until it is here: then, like any other, as what it is. The routes below `/api` read none before they know who asks, or short ones only.
 *
 * The hook throws AuthenticationError, or RateLimitedError `gateway_busy`.
 */
export function boundLargeBodies(app: FastifyInstance, context: HttpContext): void {
  const { bodyLimitBytes, bodiesLimitBytes } = context
  const byOwner = new Map<string, number>()
  const counted = new WeakMap<FastifyRequest, { whose: string; bytes: number }>()
  let total = 0

  const add = (whose: string, bytes: number) => {
    total += bytes
    const own = (byOwner.get(whose) ?? 0) + bytes
    if (own === 0) byOwner.delete(whose)
    else byOwner.set(whose, own)
  }

  app.addHook('onRequest', (request, reply, done) => {
    const limit = request.routeOptions.bodyLimit ?? bodyLimitBytes
    const bytes = bytesOf(request.headers, limit)
    // By the route and not the address, which can be written in many ways.
    const { url = '' } = request.routeOptions
    // One that is too long is refused by its length alone.
    if (bytes <= smallBodyBytes || bytes > limit || !/^\/(?:v1|webhooks)\//.test(url)) return done()
    const admit = async () => {
      const whose = url.startsWith('/v1/') ? (await context.clients.authenticate(presentedKey(request.headers))).client.id : url
      const own = byOwner.get(whose) ?? 0
      if (total + bytes > bodiesLimitBytes || own + bytes > Math.max(bodiesLimitBytes * shareOfOne, limit)) {
        const message = 'The gateway has as many large requests under way as its memory allows (CATRACA_BODIES_LIMIT_MB).'
        throw new RateLimitedError('gateway_busy', message, { retryAfterMs: tryAgainMs })
      }
      if (reply.raw.closed || reply.raw.destroyed) return
      const count = { whose, bytes }
      counted.set(request, count)
      add(whose, bytes)
      reply.raw.once('close', () => add(whose, -count.bytes))
    }
    admit().then(() => done(), done)
  })

  app.addHook('preHandler', (request, reply, done) => {
    const count = counted.get(request)
    if (!count || reply.raw.closed) return done()
    const length = bodyOf(request).length
    const bytes = length <= smallBodyBytes ? 0 : length
    add(count.whose, bytes - count.bytes)
    count.bytes = bytes
    done()
  })
}

function bytesOf(headers: IncomingHttpHeaders, bodyLimitBytes: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimitBytes
  return Number(headers['content-length'] ?? 0)
}

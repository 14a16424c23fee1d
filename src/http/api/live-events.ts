import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findAlertMark } from '../../alerts/index.ts'
import { readChangeVersion } from '../../gateway/index.ts'
import { RateLimitedError } from '../../shared/errors.ts'
import { findUsageMark } from '../../usage/index.ts'
import type { Caller } from '../auth/index.ts'
import type { HttpContext } from '../http-context.ts'

const lookEveryMs = 1_000
const pingEveryMs = 15_000
/** Of a process; each costs some queries a second. */
const mostListeners = 100
/** Of one person, and of all of a client's users together, so that nobody takes them all. */
const mostOfOne = 20

const topics = ['usage', 'alerts', 'config'] as const
type Marks = Record<(typeof topics)[number], string>

/**
 * `GET …/events`: server-sent events `usage`, `alerts` and `config`, each when something of it has changed, with nothing in it: whoever
 * hears one asks again for what it shows. A session that has ended ends its stream within a second.
 */
export function liveEvents(api: FastifyInstance, context: HttpContext, authenticate: (request: FastifyRequest) => Promise<Caller>): void {
  const streams = new Set<ServerResponse>()
  /** Who listens, those included whose stream is only being opened. */
  const listeners = new Map<object, string>()
  // Nobody's page keeps the gateway from stopping.
  api.addHook('preClose', async () => {
    for (const stream of streams) stream.end()
  })
  api.get('/events', async (request, reply) => {
    const { clientId, userId, name } = request.caller as Caller
    const who = clientId ?? userId ?? name
    const ofOne = listeners
      .values()
      .filter((one) => one === who)
      .toArray().length
    if (listeners.size >= mostListeners || ofOne >= mostOfOne) {
      throw new RateLimitedError('gateway_busy', 'Too many pages are open at once: live figures are off on this one.', {
        retryAfterMs: 60_000,
      })
    }
    if (reply.raw.closed || reply.raw.destroyed) return reply.hijack()
    listeners.set(request, who)
    reply.raw.once('close', () => listeners.delete(request))
    let marks = await readMarks(context, clientId)
    const stop = () => {
      streams.delete(stream)
      clearInterval(looking)
      clearInterval(pinging)
    }
    const stream = openStream(reply, stop)
    streams.add(stream)
    let isLooking = false
    const looking = setInterval(async () => {
      if (isLooking) return
      isLooking = true
      try {
        await authenticate(request)
        const now = await readMarks(context, clientId)
        for (const topic of topics) if (now[topic] !== marks[topic]) stream.write(`event: ${topic}\ndata: {}\n\n`)
        marks = now
      } catch {
        // Logged out, or no database: the page connects again, and is told which.
        stream.end()
      } finally {
        isLooking = false
      }
    }, lookEveryMs)
    const pinging = setInterval(() => stream.write(': ping\n\n'), pingEveryMs)
    // Whoever left while the marks were read has been closed already and says so no more.
    if (stream.destroyed) stop()
    return reply
  })
}

async function readMarks({ owner }: HttpContext, clientId: string | undefined): Promise<Marks> {
  const [usage, alerts, config] = await Promise.all([
    findUsageMark(owner, clientId),
    findAlertMark(owner, clientId),
    readChangeVersion(owner),
  ])
  return { usage, alerts, config: String(config) }
}

function openStream(reply: FastifyReply, onClose: () => void): ServerResponse {
  const { raw } = reply.hijack()
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  raw.write('retry: 2000\n\n')
  raw.once('close', onClose)
  return raw
}

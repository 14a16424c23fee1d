import type { FastifyInstance } from 'fastify'
import type { Dialect } from '../../dialects/index.ts'
import { guardRequest, wireAttempt } from '../../gateway/index.ts'
import type { HttpContext } from '../http-context.ts'
import { answerRequest, bodyOf } from './answer-request.ts'
import { cacheBytes } from './cache-bytes.ts'

/** A call of any model in one dialect, streamed or not. */
export function dialectRoute(app: FastifyInstance, context: HttpContext, path: string, dialect: Dialect): void {
  app.post(path, (request, reply) =>
    answerRequest(context, request, reply, dialect, (client, callId) => {
      const parsed = guardRequest(client, dialect, dialect.parse(bodyOf(request), request.headers))
      const said = JSON.stringify(parsed.headers ?? {})
      return {
        demand: parsed,
        attempt: wireAttempt(context.upstream, dialect, parsed, callId),
        cache: cacheBytes(`POST ${path} ${said}`, parsed.body, request.headers),
        isStream: parsed.stream,
        ping: dialect.ping,
        identity: [`POST ${path}`, said, parsed.raw],
      }
    }),
  )
}

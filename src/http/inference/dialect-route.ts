import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../../clients/index.ts'
import type { Dialect } from '../../dialects/index.ts'
import { guardRequest, textsToModerate, wireAttempt } from '../../gateway/index.ts'
import type { HttpContext } from '../http-context.ts'
import { answerRequest, bodyOf, type Presented, type ReadRequest } from './answer-request.ts'
import { cacheBytes } from './cache-bytes.ts'

/** A call of any model in one dialect, streamed or not. */
export function dialectRoute(
  app: FastifyInstance,
  context: HttpContext,
  path: string,
  dialect: Dialect,
  authenticate?: (context: HttpContext, request: FastifyRequest) => Promise<Presented>,
): void {
  app.post(path, (request, reply) => {
    const read = (client: Client, callId: string): ReadRequest => {
      const parsed = guardRequest(client, dialect, dialect.parse(bodyOf(request), request.headers))
      const said = JSON.stringify(parsed.headers ?? {})
      return {
        demand: parsed,
        userTexts: textsToModerate(client, parsed.body),
        attempt: wireAttempt(context.upstream, dialect, parsed, callId),
        cache: cacheBytes(`POST ${path} ${said}`, parsed.body, request.headers),
        isStream: parsed.stream,
        ping: dialect.ping,
        identity: [`POST ${path}`, said, parsed.raw],
      }
    }
    return answerRequest(context, request, reply, dialect, read, authenticate)
  })
}

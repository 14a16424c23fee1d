import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../../clients/index.ts'
import type { Dialect } from '../../dialects/index.ts'
import { guardRequest, textsToModerate, wireAttempt } from '../../gateway/index.ts'
import { bodyOf } from '../body-of.ts'
import type { AnswerRequest, WholeRequest } from '../fast-lane.ts'
import type { HttpContext } from '../http-context.ts'
import { answerRequest, type Presented, presentedBy, type ReadRequest } from './answer-request.ts'
import { cacheBytes } from './cache-bytes.ts'

/** A call of any model in one dialect, streamed or not. What it returns answers as the route does, by the client key. */
export function dialectRoute(
  app: FastifyInstance,
  context: HttpContext,
  path: string,
  dialect: Dialect,
  authenticate?: (context: HttpContext, request: FastifyRequest) => Promise<Presented>,
): AnswerRequest {
  const kind = `POST ${path}`
  const read = ({ headers, body }: WholeRequest, client: Client, callId: string): ReadRequest => {
    const parsed = guardRequest(client, dialect, dialect.parse(body, headers))
    const said = parsed.headers ? JSON.stringify(parsed.headers) : '{}'
    return {
      demand: parsed,
      userTexts: textsToModerate(client, parsed.body),
      attempt: wireAttempt(context.upstream, dialect, parsed, callId),
      cache: cacheBytes(`${kind} ${said}`, parsed.body, headers),
      isStream: parsed.stream,
      ping: dialect.ping,
      identity: [kind, said, parsed.raw],
    }
  }
  app.post(path, (request, reply) => {
    const whole = { headers: request.headers, body: bodyOf(request) }
    const who = authenticate ? () => authenticate(context, request) : () => presentedBy(context, request.headers)
    return answerRequest(context, whole, reply.hijack().raw, dialect, read, who)
  })
  return (request, response) => answerRequest(context, request, response, dialect, read, () => presentedBy(context, request.headers))
}

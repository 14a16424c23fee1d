import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Dialect } from '../../dialects/index.ts'
import { type Call, chooseLanguage, guardRequest, handleCall, type Language, wireAttempt } from '../../gateway/index.ts'
import { toGatewayError } from '../../shared/errors.ts'
import { newId } from '../../shared/id.ts'
import { answerHeaders, callHeaders } from '../answer-headers.ts'
import type { HttpContext } from '../http-context.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { presentedKey } from '../presented-key.ts'
import { refuseLoop } from '../refuse-loop.ts'
import { breakStream, sendError } from '../render-error.ts'
import { callerGone, replySink } from '../reply-sink.ts'
import { answerOnce } from './answer-once.ts'
import { cacheBytes } from './cache-bytes.ts'

/** A call of any model in one dialect, streamed or not: the one way from a request to the pipeline and back. */
export function dialectRoute(app: FastifyInstance, context: HttpContext, path: string, dialect: Dialect): void {
  app.post(path, async (request: FastifyRequest, reply) => {
    const callId = newId()
    const response = reply.hijack().raw
    const gone = callerGone(response)
    let language: Language = chooseLanguage(request.headers['accept-language'], undefined)
    try {
      refuseLoop(request.headers)
      const { client, key } = await context.clients.authenticate(presentedKey(request.headers))
      language = chooseLanguage(request.headers['accept-language'], client.locale)
      const parsed = guardRequest(client, dialect, dialect.parse(bodyOf(request), request.headers))
      const call: Call<Buffer> = {
        callId,
        client,
        key,
        source: 'api',
        demand: parsed,
        attempt: wireAttempt(context.upstream, dialect, parsed, callId),
        sink: replySink(response, parsed.stream, dialect.ping),
        callerGone: gone,
        cache: cacheBytes(`POST ${path} ${JSON.stringify(parsed.headers ?? {})}`, parsed.body, request.headers),
      }
      const idempotencyKey = idempotencyKeyOf(request.headers)
      if (idempotencyKey !== undefined) {
        const door = { response, dialect, language, isStream: parsed.stream }
        return await answerOnce(context, call, door, {
          key: idempotencyKey,
          request: [`POST ${path}`, JSON.stringify(parsed.headers ?? {}), parsed.raw],
        })
      }
      const { answer, error, hasBegun } = await handleCall(context, call)
      if (error && hasBegun) breakStream(response, dialect, error, callId, language)
      else if (error) sendError(response, dialect, error, answerHeaders(answer), language)
    } catch (thrown) {
      if (gone.aborted && thrown === gone.reason) return
      const error = toGatewayError(thrown)
      if (error.code === 'internal') context.log.error(`[AI Gateway] call ${callId} failed`, thrown)
      sendError(response, dialect, error, callHeaders(callId), language)
    }
  })
}

/** A missing body is an empty one, so that it gets the dialect's own refusal. */
export function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

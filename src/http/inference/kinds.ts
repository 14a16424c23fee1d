import type { FastifyInstance, FastifyRequest } from 'fastify'
import { kinds as dialects, type KindDialect, type KindName, openaiChat } from '../../dialects/index.ts'
import { type Call, chooseLanguage, guardKind, handleCall, kindAttempt, type Language } from '../../gateway/index.ts'
import { toGatewayError } from '../../shared/errors.ts'
import { newId } from '../../shared/id.ts'
import { answerHeaders, callHeaders } from '../answer-headers.ts'
import type { HttpContext } from '../http-context.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { presentedKey } from '../presented-key.ts'
import { refuseLoop } from '../refuse-loop.ts'
import { cutStream, sendError } from '../render-error.ts'
import { callerGone, replySink } from '../reply-sink.ts'
import { answerOnce } from './answer-once.ts'

const paths: Readonly<Record<KindName, string>> = {
  embeddings: '/v1/embeddings',
  transcriptions: '/v1/audio/transcriptions',
  translations: '/v1/audio/translations',
  speech: '/v1/audio/speech',
  images: '/v1/images/generations',
  'image-edits': '/v1/images/edits',
  moderations: '/v1/moderations',
}

/** OpenAI takes recordings of 25 MB, and a form has a little more; chats have no such files. */
const uploadLimitBytes = 26 * 1024 * 1024
const uploads: ReadonlySet<KindName> = new Set<KindName>(['transcriptions', 'translations', 'image-edits'])

/** OpenAI's endpoints that are no chat, through the same pipeline, for models whose provider takes them as they are. */
export function kinds(app: FastifyInstance, context: HttpContext): void {
  for (const dialect of Object.values(dialects)) {
    const { kind } = dialect
    const bodyLimit = uploads.has(kind) ? Math.max(context.bodyLimitBytes, uploadLimitBytes) : context.bodyLimitBytes
    kindRoute(app, context, { path: paths[kind], dialect, bodyLimit })
  }
}

function kindRoute(
  app: FastifyInstance,
  context: HttpContext,
  { path, dialect, bodyLimit }: { path: string; dialect: KindDialect; bodyLimit: number },
): void {
  app.post(path, { bodyLimit }, async (request: FastifyRequest, reply) => {
    const callId = newId()
    const response = reply.hijack().raw
    const gone = callerGone(response)
    let language: Language = chooseLanguage(request.headers['accept-language'], undefined)
    try {
      refuseLoop(request.headers)
      const { client, key } = await context.clients.authenticate(presentedKey(request.headers))
      language = chooseLanguage(request.headers['accept-language'], client.locale)
      const parsed = guardKind(client, dialect, dialect.parse(bodyOf(request), request.headers['content-type']))
      const call: Call<Buffer> = {
        callId,
        client,
        key,
        source: 'api',
        demand: parsed,
        attempt: kindAttempt(context.upstream, dialect, parsed),
        sink: replySink(response, parsed.stream),
        callerGone: gone,
      }
      const idempotencyKey = idempotencyKeyOf(request.headers)
      if (idempotencyKey !== undefined) {
        const door = { response, dialect: openaiChat, language, isStream: parsed.stream, isSound: parsed.stream }
        return await answerOnce(context, call, door, { key: idempotencyKey, request: [`POST ${path}`, parsed.raw] })
      }
      const { answer, error, hasBegun } = await handleCall(context, call)
      // Sound has no place for words: it breaks off.
      if (error && hasBegun) cutStream(response, Buffer.alloc(0))
      else if (error) sendError(response, openaiChat, error, answerHeaders(answer), language)
    } catch (thrown) {
      if (gone.aborted && thrown === gone.reason) return
      const error = toGatewayError(thrown)
      if (error.code === 'internal') context.log.error(`[AI Gateway] call ${callId} failed`, thrown)
      sendError(response, openaiChat, error, callHeaders(callId), language)
    }
  })
}

/** A missing body is an empty one, so that it gets the kind's own refusal. */
function bodyOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

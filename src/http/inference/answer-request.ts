import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { Client } from '../../clients/index.ts'
import type { Dialect } from '../../dialects/index.ts'
import { type Call, chooseLanguage, handleCall, type Language } from '../../gateway/index.ts'
import { toGatewayError } from '../../shared/errors.ts'
import { newId } from '../../shared/id.ts'
import { answerHeaders, callHeaders } from '../answer-headers.ts'
import type { WholeRequest } from '../fast-lane.ts'
import type { HttpContext } from '../http-context.ts'
import { idempotencyKeyOf } from '../idempotency-key.ts'
import { presentedKey } from '../presented-key.ts'
import { refuseLoop } from '../refuse-loop.ts'
import { breakStream, cutStream, sendError } from '../render-error.ts'
import { callerGone, replySink } from '../reply-sink.ts'
import { answerOnce } from './answer-once.ts'

/** A request as the pipeline takes it. */
export interface ReadRequest extends Pick<Call<Buffer>, 'demand' | 'attempt' | 'cache' | 'userTexts'> {
  isStream: boolean
  /** Sound has no place for words: where it fails it breaks off. */
  isSound?: boolean
  ping?: Buffer | undefined
  /** What makes two requests the same one, for an Idempotency-Key. */
  identity: readonly (string | Buffer)[]
}

/** Whose call it is, and where it came in. */
export interface Presented extends Pick<Call<Buffer>, 'client' | 'key' | 'source'> {}

/** By the client key that the request presents. */
export async function presentedBy({ clients }: HttpContext, headers: IncomingHttpHeaders): Promise<Presented> {
  const { client, key } = await clients.authenticate(presentedKey(headers))
  return { client, key, source: 'api' }
}

/**
 * The one way from a request to the pipeline and back, whatever kind of call it is. `read` throws what is wrong with the request; errors
 * are told in `dialect`. Never rejects.
 */
export async function answerRequest(
  context: HttpContext,
  request: WholeRequest,
  response: ServerResponse,
  dialect: Dialect,
  read: (request: WholeRequest, client: Client, callId: string) => ReadRequest,
  authenticate: () => Promise<Presented>,
): Promise<void> {
  const callId = newId()
  const gone = callerGone(response)
  let language: Language = chooseLanguage(request.headers['accept-language'], undefined)
  try {
    refuseLoop(request.headers)
    const { client, key, source } = await authenticate()
    language = chooseLanguage(request.headers['accept-language'], client.locale)
    const { isStream, isSound = false, ping, identity, ...asked } = read(request, client, callId)
    const call: Call<Buffer> = {
      callId,
      client,
      key,
      source,
      ...asked,
      sink: replySink(response, isStream, ping),
      callerGone: gone,
      traceparent: request.headers.traceparent?.toString(),
    }
    const idempotencyKey = idempotencyKeyOf(request.headers)
    if (idempotencyKey !== undefined) {
      return await answerOnce(context, call, { response, dialect, language, isStream, isSound }, { key: idempotencyKey, request: identity })
    }
    const { answer, error, hasBegun } = await handleCall(context, call)
    if (error && hasBegun && isSound) cutStream(response, Buffer.alloc(0))
    else if (error && hasBegun) breakStream(response, dialect, error, callId, language)
    else if (error) sendError(response, dialect, error, answerHeaders(answer), language)
  } catch (thrown) {
    if (gone.aborted && thrown === gone.reason) return
    const error = toGatewayError(thrown)
    context.telemetry.refusedOverHttp(error.code)
    if (error.code === 'internal') context.log.error(`[AI Gateway] call ${callId} failed`, thrown)
    sendError(response, dialect, error, callHeaders(callId), language)
  }
}

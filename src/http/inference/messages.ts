import type { FastifyInstance } from 'fastify'
import { anthropicCountTokens, anthropicMessages, renderTokenEstimate } from '../../dialects/index.ts'
import { chooseLanguage, countTokens, guardRequest, type Language } from '../../gateway/index.ts'
import { rateLimitHeaders } from '../../limits/index.ts'
import { toGatewayError } from '../../shared/errors.ts'
import { newId } from '../../shared/id.ts'
import { callHeaders } from '../answer-headers.ts'
import { bodyOf } from '../body-of.ts'
import { addHeaders } from '../compact-response.ts'
import type { FastLane } from '../fast-lane.ts'
import type { HttpContext } from '../http-context.ts'
import { presentedKey } from '../presented-key.ts'
import { refuseLoop } from '../refuse-loop.ts'
import { sendError } from '../render-error.ts'
import { callerGone } from '../reply-sink.ts'
import { dialectRoute } from './dialect-route.ts'

const path = '/v1/messages'

/**
 * `POST /v1/messages`: Anthropic's dialect, streamed or not, for any model. Its `anthropic-version` is taken as it comes or not at all,
 * because there is one.
 */
export function messages(app: FastifyInstance, context: HttpContext, lane: FastLane): void {
  lane.add(path, dialectRoute(app, context, path, anthropicMessages))

  app.post('/v1/messages/count_tokens', async (request, reply) => {
    const callId = newId()
    const response = reply.hijack().raw
    let language: Language = chooseLanguage(request.headers['accept-language'], undefined)
    const gone = callerGone(response)
    try {
      refuseLoop(request.headers)
      const { client, key } = await context.clients.authenticate(presentedKey(request.headers))
      language = chooseLanguage(request.headers['accept-language'], client.locale)
      const parsed = guardRequest(client, anthropicCountTokens, anthropicCountTokens.parse(bodyOf(request), request.headers))
      const limits = (state: Parameters<typeof rateLimitHeaders>[0]) => addHeaders(response, rateLimitHeaders(state))
      const counted = await countTokens(context, {
        client,
        key,
        dialect: anthropicCountTokens,
        request: parsed,
        sink: { limits },
        callerGone: gone,
      })
      const body = counted ?? renderTokenEstimate(parsed)
      response.writeHead(200, {
        ...callHeaders(callId),
        'x-catraca-count': counted ? 'provider' : 'estimate',
        'content-type': 'application/json; charset=utf-8',
        'content-length': body.length,
      })
      response.end(body)
    } catch (thrown) {
      if (gone.aborted) return
      const error = toGatewayError(thrown)
      if (error.code === 'internal') context.log.error(`[AI Gateway] counting tokens for ${callId} failed`, thrown)
      sendError(response, anthropicCountTokens, error, callHeaders(callId), language)
    }
  })
}

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { anthropicMessages, type Dialect, openaiChat } from '../dialects/index.ts'
import { chooseLanguage } from '../gateway/index.ts'
import { type GatewayError, InvalidRequestError, InvariantError } from '../shared/errors.ts'
import { newId } from '../shared/id.ts'
import { adminApi, adminRoutes } from './admin/index.ts'
import { callHeaders } from './answer-headers.ts'
import { openApi } from './api/index.ts'
import { authRoutes } from './auth/index.ts'
import { dashboard } from './dashboard.ts'
import { endIfStalled } from './end-if-stalled.ts'
import { FastLane } from './fast-lane.ts'
import { fromFastify } from './from-fastify.ts'
import { health } from './health.ts'
import type { HttpContext } from './http-context.ts'
import { chatCompletions } from './inference/chat-completions.ts'
import { kinds } from './inference/kinds.ts'
import { messages } from './inference/messages.ts'
import { models } from './inference/models.ts'
import { responses } from './inference/responses.ts'
import { boundLargeBodies } from './large-bodies.ts'
import { metrics } from './metrics.ts'
import { portalApi, portalRoutes } from './portal/index.ts'
import { sendError } from './render-error.ts'
import { headersOfAll, safeHeaders } from './safe-headers.ts'
import { testGateway } from './test-gateway.ts'
import { whatsappWebhook } from './webhooks/whatsapp.ts'

/** A request that takes longer than this to arrive is not one: the connection is for others. */
const longestRequestMs = 120_000

/** The HTTP gateway, not yet listening. */
export function createApp(context: HttpContext): FastifyInstance {
  const { idleMs } = context.settings.timeouts
  const lane = new FastLane({
    bodyLimitBytes: context.bodyLimitBytes,
    idleMs,
    requestTimeoutMs: longestRequestMs,
    keepAliveMs: context.keepAliveMs,
    isStopping: context.isStopping,
    headers: Object.fromEntries(headersOfAll(context.publicUrl)),
  })
  const app = fastify({
    serverFactory: (others) => lane.createServer(others),
    // Groq's own SDK has its calls below this path whatever its base URL is.
    rewriteUrl: ({ url = '/' }) => (url.startsWith('/openai/v1/') ? url.slice('/openai'.length) : url),
    trustProxy: context.trustedProxies.length > 0 && [...context.trustedProxies],
    bodyLimit: context.bodyLimitBytes,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  })

  // Bodies stay bytes: a dialect parses them itself, because what passes through must pass unchanged.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.setErrorHandler((thrown, request, reply) => {
    const error = fromFastify(thrown, request.routeOptions.bodyLimit ?? context.bodyLimitBytes)
    context.telemetry.refusedOverHttp(error.code)
    if (error.code === 'internal') context.log.error(`[AI Gateway] ${request.method} ${request.url.split('?')[0]} failed`, thrown)
    refuse(request, reply, error)
  })
  app.setNotFoundHandler((request, reply) => refuse(request, reply, nothingAt(request)))

  safeHeaders(app, context)
  // Before its body is read: where there is nothing, nobody's bytes are kept.
  app.addHook('onRequest', (request, _reply, done) => done(request.is404 ? nothingAt(request) : undefined))
  app.addHook('preClose', async () => lane.close())
  app.addHook('onRequest', (_request, { raw: response }, done) => {
    endIfStalled(response, idleMs)
    done()
  })
  boundLargeBodies(app, context)
  health(app, context)
  metrics(app, context)
  chatCompletions(app, context, lane)
  kinds(app, context)
  responses(app, context, lane)
  messages(app, context, lane)
  models(app, context)
  testGateway(app, context)
  whatsappWebhook(app, context)
  authRoutes(app, context)
  adminApi(app, context)
  portalApi(app, context)
  openApi(app, { '/api/admin': adminRoutes, '/api/portal': portalRoutes })
  dashboard(app)
  return app
}

/** What comes in is judged by zod. Without a word of ours Fastify would load ajv and fast-json-stringify for schemas that no route has. */
function noSchemas(): never {
  throw new InvariantError('internal', 'a route has a schema of Fastify: routes are judged by zod')
}

function nothingAt({ method, url }: FastifyRequest): GatewayError {
  return new InvalidRequestError('not_found', `There is no ${method} ${url.split('?')[0]?.slice(0, 200)} here.`)
}

/** For what is refused outside a call: the id stands in no row, only in this answer and the log. */
function refuse(request: FastifyRequest, reply: FastifyReply, error: GatewayError): void {
  const language = chooseLanguage(request.headers['accept-language'], undefined)
  sendError(reply.hijack().raw, dialectAt(request.url), error, callHeaders(newId()), language)
}

/** What the programs that call this path understand. */
function dialectAt(url: string): Dialect {
  return /^\/v1\/messages(?:[/?]|$)/.test(url) ? anthropicMessages : openaiChat
}

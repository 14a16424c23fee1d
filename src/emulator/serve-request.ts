import type { IncomingMessage, ServerResponse } from 'node:http'
import { makeAnswer, reportUsage } from './answer.ts'
import { isRecord, type JsonRecord } from './as-record.ts'
import { type Ask, isRefusal, lastUserText, type Refusal } from './ask.ts'
import { countPromptTokens } from './count-tokens.ts'
import { type Delivered, deliverStream, deliverWhole, hang, pause } from './deliver.ts'
import { type EmulatorState, keptBodyBytes } from './emulator-state.ts'
import { keyRefusal, realKeyRefusal } from './error-body.ts'
import {
  type Exchange,
  headers,
  noSuchModel,
  type Pace,
  readBody,
  readKey,
  refuse,
  reject,
  seenHeaders,
  sendList,
  wireRequest,
} from './exchange.ts'
import type { Fault } from './fault.ts'
import { callOf } from './fault-book.ts'
import { isKnownModel, servedName } from './models.ts'
import { type Form, readMultipart } from './multipart.ts'
import { type PlainAsk, parseBody } from './plain-format.ts'
import { UnknownFaultError } from './read-fault.ts'
import type { Route } from './routes.ts'
import type { ServedCall } from './served-log.ts'
import { routeVercel, type VercelRouting } from './vercel-routing.ts'
import { namedSse, type WireContext, type WireFormat } from './wire-format.ts'

/** Serves one request on a provider's route: key, body, model, faults, answer, record. */
export async function serveRequest(
  state: EmulatorState,
  route: Route,
  incoming: IncomingMessage,
  response: ServerResponse,
  pace: Pace,
): Promise<void> {
  state.log.received()
  const body = await readBody(incoming)
  const request = wireRequest(incoming)
  const exchange: Exchange = { state, route, request, response, requestId: `req_${state.nextId()}`, key: readKey(route.key, request), pace }
  // The real gateway's model list is public.
  const isPublic = route.kind === 'list' && route.provider === 'vercel'
  if (!isPublic && !state.keys.has(exchange.key)) {
    state.log.unauthorized()
    return refuse(exchange, keyRefusal(route.shape, exchange.key))
  }
  if (route.kind === 'list') {
    const list = route.render(request.path)
    return list === undefined ? refuse(exchange, noSuchModel(route, request.path.split('/').at(-1) ?? '')) : sendList(exchange, list)
  }
  const type = request.header('content-type')
  const isForm = type.startsWith('multipart/')
  const parsed = isForm ? null : parseBody(body)
  const kept = body.length > keptBodyBytes ? null : isForm ? seenForm(readMultipart(body, type)) : parsed
  state.see({ requestId: exchange.requestId, provider: route.provider, path: request.path, headers: seenHeaders(incoming), body: kept })
  if (route.kind === 'plain') return servePlain(exchange, route.read(body, request))
  if (!isRecord(parsed)) return reject(exchange, badJson)
  return serveChat(exchange, route.format, parsed)
}

/** Of files only that they were there. */
function seenForm({ fields, fileNames }: Form): JsonRecord {
  return { ...Object.fromEntries(fields), ...Object.fromEntries(fileNames.map((name) => [name, 'a file'])) }
}

const badJson: Refusal = {
  status: 400,
  message:
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The API expects a JSON payload, but what was sent was not valid JSON.)",
}

async function serveChat(exchange: Exchange, format: WireFormat, body: JsonRecord): Promise<void> {
  const { state, route, request, response, requestId, pace } = exchange
  const ask = format.read(body, request)
  if (isRefusal(ask)) return reject(exchange, ask)
  const responseId = `${format.idPrefix}${state.nextId()}`
  const vercel = route.provider === 'vercel' ? routeVercel(ask.model, body, (key) => state.keys.has(key), responseId) : undefined
  const begun = begin(exchange, ask, responseId, vercel)
  if (begun === undefined) return
  const { call, fault } = begun
  if (!(await isServed(exchange, call, fault))) return

  const answer = makeAnswer(ask, fault, cachedPrompt(exchange, ask))
  const context: WireContext = {
    ask,
    answer,
    usage: reportUsage(answer.usage, fault.usage),
    requestId,
    responseId,
    model: call.servedModel,
    createdSeconds: Math.floor(call.startedAt / 1000),
    vercel,
  }
  state.log.serve(call, answer.usage)
  const isJsonStream = route.shape === 'google' && ask.stream && request.query.get('alt') !== 'sse'
  if (!ask.stream || isJsonStream) {
    state.log.addOutput(call, answer.usage.outputTokens)
    const text = isJsonStream ? jsonArray(context, format) : format.whole(context)
    return finishWhole(exchange, call, fault, context, { contentType: 'application/json', body: text })
  }
  response.writeHead(200, eventStream(exchange))
  const delivered = await deliverStream(response, {
    frames: format.frames(context),
    fault,
    gapMs: pace.chunkGapMs,
    streamError: format.streamError(context),
    onServed: (tokens) => state.log.addOutput(call, tokens),
  })
  close(exchange, call, delivered, context)
}

function eventStream(exchange: Exchange): Record<string, string> {
  return { ...headers(exchange), 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
}

async function servePlain(exchange: Exchange, plain: PlainAsk | Refusal): Promise<void> {
  if ('status' in plain) return reject(exchange, plain)
  const { state, response, requestId, pace } = exchange
  const begun = begin(exchange, plain.ask, requestId, undefined)
  if (begun === undefined) return
  const { call, fault } = begun
  if (!(await isServed(exchange, call, fault))) return
  call.audioSeconds = plain.audioSeconds ?? null
  call.characters = plain.characters ?? null
  call.images = plain.images ?? null
  state.log.serve(call, plain.usage)
  const usage = reportUsage(plain.usage, fault.usage)
  const context = { requestId, model: call.servedModel, createdSeconds: Math.floor(call.startedAt / 1000), usage }
  if (plain.frames) {
    response.writeHead(200, eventStream(exchange))
    const delivered = await deliverStream(response, {
      frames: plain.frames(context),
      fault,
      gapMs: pace.chunkGapMs,
      streamError: namedSse('error', { error: { type: 'server_error', code: null, message: 'The server had an error', param: null } }),
      onServed: (tokens) => state.log.addOutput(call, tokens),
    })
    return close(exchange, call, delivered, context)
  }
  state.log.addOutput(call, plain.usage.outputTokens)
  return finishWhole(exchange, call, fault, context, plain.render(context))
}

/** Checks the model, finds the faults and opens the record. Undefined when the request has been refused. */
function begin(
  exchange: Exchange,
  ask: Ask,
  responseId: string,
  vercel: VercelRouting | undefined,
): { call: ServedCall; fault: Fault } | undefined {
  const { state, route, request, key, requestId } = exchange
  const { provider } = route
  if (!isKnownModel(provider, ask.model)) {
    reject(exchange, noSuchModel(route, ask.model))
    return undefined
  }
  const prompt = lastUserText(ask)
  const callId = callOf(prompt)
  let fault: Fault
  try {
    fault = state.faults.for({ provider, model: ask.model, key, call: callId, prompt })
  } catch (error) {
    if (!(error instanceof UnknownFaultError)) throw error
    reject(exchange, { status: 400, message: `catraca emulator: ${error.message}` })
    return undefined
  }
  if (fault.badKey === true) {
    state.log.unauthorized()
    refuse(exchange, realKeyRefusal(route.shape, key))
    return undefined
  }
  const call = state.log.begin({
    requestId,
    responseId,
    provider,
    path: request.path,
    model: ask.model,
    servedModel: provider === 'vercel' ? ask.model : servedName(ask.model),
    keyLast4: key.slice(-4),
    call: callId,
    user: ask.user ?? null,
    streamed: ask.stream,
    byok: vercel === undefined ? null : vercel.byok,
  })
  return { call, fault }
}

/** Goes through what may happen before an answer: waiting, silence, a dead socket, an error. False when that was all. */
async function isServed(exchange: Exchange, call: ServedCall, fault: Fault): Promise<boolean> {
  const { state, response, pace } = exchange
  const delayMs = pace.latencyMs + (fault.delayMs ?? 0)
  if (delayMs > 0) await pause(response, delayMs)
  if (fault.hang === true) await hang(response)
  if (response.destroyed) {
    state.log.end(call, 'caller-gone')
    return false
  }
  if (fault.reset === true) {
    response.destroy()
    state.log.end(call, 'cut')
    return false
  }
  if (fault.status === undefined) return true
  call.status = fault.status
  const refusal: Refusal = {
    status: fault.status,
    ...(fault.message === undefined ? {} : { message: fault.message }),
    ...(fault.code === undefined ? {} : { code: fault.code }),
    ...(fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds }),
  }
  refuse(exchange, refusal)
  state.log.end(call, 'failed')
  return false
}

async function finishWhole(
  exchange: Exchange,
  call: ServedCall,
  fault: Fault,
  context: { usage: WireContext['usage'] },
  reply: { contentType: string; body: string | Buffer },
): Promise<void> {
  const body = fault.garbage === true ? '<html><body>upstream sent "nonsense\u0000' : reply.body
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  exchange.response.writeHead(200, { ...headers(exchange), 'content-type': reply.contentType, 'content-length': bytes.length })
  close(exchange, call, await deliverWhole(exchange.response, bytes, fault), context)
}

function close({ state }: Exchange, call: ServedCall, delivered: Delivered, { usage }: { usage: WireContext['usage'] }): void {
  if (delivered === 'finished' && usage !== undefined) {
    call.reported = { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens }
  }
  state.log.end(call, delivered)
}

function cachedPrompt({ state, route, key }: Exchange, ask: Ask): ReturnType<typeof state.cache.readMarked> {
  const tokens = countPromptTokens(ask)
  const scope = `${route.provider}\u0000${key}\u0000${ask.model}`
  const isMarked = route.provider === 'anthropic' || route.shape === 'anthropic'
  return isMarked ? state.cache.readMarked(scope, ask, tokens) : state.cache.readAutomatic(scope, ask, tokens)
}

/** Without `alt=sse` Gemini streams one JSON array. */
function jsonArray(context: WireContext, format: WireFormat): string {
  return `[${[...format.frames(context)].map(({ text }) => text.slice('data: '.length).trim()).join(',\r\n')}]`
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { asRecord } from './as-record.ts'
import type { Refusal } from './ask.ts'
import type { EmulatorState } from './emulator-state.ts'
import { errorBody } from './error-body.ts'
import type { KeyPlace, Route } from './routes.ts'
import type { WireRequest } from './wire-format.ts'

export interface Pace {
  latencyMs: number
  chunkGapMs: number
}

/** One request to a provider while it is being served. */
export interface Exchange {
  state: EmulatorState
  route: Route
  request: WireRequest
  response: ServerResponse
  requestId: string
  key: string
  pace: Pace
}

/** Each provider's own words for a model that doesn't exist. */
export function noSuchModel(route: Route, model: string): Refusal {
  switch (route.shape) {
    case 'anthropic':
      return { status: 404, message: `model: ${model}` }
    case 'vercel':
      return { status: 404, message: `Model '${model}' not found`, type: 'model_not_found', param: model }
    case 'google':
    case 'google-openai':
      return {
        status: 404,
        message: `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
      }
    default:
      return {
        status: 404,
        message: `The model \`${model}\` does not exist or you do not have access to it.`,
        type: 'invalid_request_error',
        code: 'model_not_found',
      }
  }
}

/** Refuses what a request asks for, and counts that. */
export function reject(exchange: Exchange, refusal: Refusal): void {
  exchange.state.log.rejected()
  refuse(exchange, refusal)
}

/** Answers with the provider's own error body. */
export function refuse(exchange: Exchange, refusal: Refusal): void {
  const { route, response, requestId } = exchange
  const seconds = refusal.retryAfterSeconds
  response.writeHead(refusal.status, {
    ...headers(exchange),
    'content-type': 'application/json',
    ...(seconds === undefined ? {} : { 'retry-after': String(Math.ceil(seconds)), 'retry-after-ms': String(Math.round(seconds * 1000)) }),
  })
  response.end(errorBody(route.shape, refusal, requestId))
}

export function sendList(exchange: Exchange, body: string): void {
  exchange.response.writeHead(200, { ...headers(exchange), 'content-type': 'application/json' })
  exchange.response.end(body)
}

/** Each provider's own headers; the request id under the name it has there. */
export function headers({ route, requestId }: Exchange): Record<string, string> {
  if (route.shape === 'anthropic') {
    return {
      'request-id': requestId,
      ...(route.provider === 'anthropic' ? { 'anthropic-organization-id': 'org-emulator' } : { 'x-request-id': requestId }),
    }
  }
  if (route.shape === 'openai') {
    return {
      'x-request-id': requestId,
      'openai-version': '2020-10-01',
      'openai-organization': 'org-emulator',
      'openai-processing-ms': '12',
    }
  }
  return route.provider === 'vercel'
    ? { 'x-request-id': requestId, 'x-vercel-id': `gru1::iad1::${requestId}` }
    : { 'x-request-id': requestId }
}

export function readKey(place: KeyPlace, request: WireRequest): string {
  if (place === 'either') return request.header('x-api-key') || readKey('authorization', request)
  const value = request.header(place)
  return place === 'authorization' ? value.replace(/^Bearer\s+/i, '') : value
}

export function wireRequest(incoming: IncomingMessage): WireRequest {
  const [path = '', query = ''] = (incoming.url ?? '').split(/\?(.*)/s)
  return {
    path,
    query: new URLSearchParams(query),
    header: (name) => String(incoming.headers[name] ?? ''),
  }
}

const secretHeaders = new Set(['authorization', 'x-api-key', 'x-goog-api-key', 'cookie'])

export function seenHeaders(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(asRecord(incoming.headers))
      .filter(([name]) => !secretHeaders.has(name))
      .map(([name, value]) => [name, String(value)]),
  )
}

export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

import type { ServerResponse } from 'node:http'
import type { Dialect } from '../dialects/index.ts'
import { type Language, localizeError } from '../gateway/index.ts'
import { type ReachedLimit, rateLimitHeaders } from '../limits/index.ts'
import type { GatewayError } from '../shared/errors.ts'

/**
 * Answers a call that was refused or failed before its answer began, in the caller's dialect and language. `headers` say what is known
 * of the call: `answerHeaders` when a provider was asked, else `callHeaders`.
 */
export function sendError(
  response: ServerResponse,
  dialect: Dialect,
  error: GatewayError,
  headers: Record<string, string>,
  language: Language,
): void {
  sendReply(response, errorReply(dialect, error, headers, language))
}

/** A whole answer, as it goes over the wire. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: Buffer
}

export function errorReply(dialect: Dialect, error: GatewayError, headers: Record<string, string>, language: Language): Reply {
  return {
    status: dialect.statusOf?.(error) ?? error.httpStatus,
    headers: { ...headers, ...retryHeaders(error), ...limitHeaders(error), 'content-type': 'application/json; charset=utf-8' },
    body: dialect.renderError(localizeError(error, language), headers['x-catraca-call-id'] ?? ''),
  }
}

export function sendReply(response: ServerResponse, { status, headers, body }: Reply): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, { ...headers, 'content-length': body.length })
  response.end(body)
}

/** A failure after the first byte: an event in the stream, and then the cut. Never a clean end, which would look like success. */
export function breakStream(response: ServerResponse, dialect: Dialect, error: GatewayError, callId: string, language: Language): void {
  cutStream(response, streamError(dialect, error, callId, language))
}

export function streamError(dialect: Dialect, error: GatewayError, callId: string, language: Language): Buffer {
  return dialect.renderStreamError(localizeError(error, language), callId)
}

/** Sends these as the last bytes, and cuts the connection behind them. */
export function cutStream(response: ServerResponse, last: Buffer): void {
  if (response.destroyed) return
  response.write(last, () => response.destroy())
}

/**
 * Whole seconds for the standard header, rounded up; milliseconds for the SDKs that read them. SDKs send a call again on any 5xx by
 * themselves: they are told where that would only be paid for once more.
 */
function retryHeaders({ retryable, retryAfterMs }: GatewayError): Record<string, string> {
  const should = { 'x-should-retry': String(retryable) }
  if (retryAfterMs === undefined) return should
  return { ...should, 'retry-after': String(Math.ceil(retryAfterMs / 1000)), 'retry-after-ms': String(Math.ceil(retryAfterMs)) }
}

/** Of a refusal by a limit a minute: who is to slow down reads there by how much. */
function limitHeaders({ code, details }: GatewayError): Record<string, string> {
  const reached = code === 'rate_limited' ? (details.limit as ReachedLimit | undefined) : undefined
  if (reached === undefined) return {}
  const { unit, per_minute: limit, remaining: left, reset_ms: resetMs } = reached
  return rateLimitHeaders([{ unit, limit, left, resetMs }])
}

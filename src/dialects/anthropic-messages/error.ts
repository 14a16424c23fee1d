import { type ErrorCode, type GatewayError, UpstreamBrokenError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { refusedInAnswer, retryAfterMsFrom, upstreamError, withoutKeys } from '../upstream-error.ts'

/** `{"type":"error","error":{type,message},"request_id"}` with our own code and the facts of a refusal beside the two. */
export function renderError(error: GatewayError, callId: string): Buffer {
  return Buffer.from(JSON.stringify(errorBody(error, callId)))
}

/** The event that ends a stream that has failed: no `message_stop` follows it. */
export function renderStreamError(error: GatewayError, callId: string): Buffer {
  return Buffer.from(`event: error\ndata: ${JSON.stringify(errorBody(error, callId))}\n\n`)
}

/** Anthropic says 529 where others say 503: https://platform.claude.com/docs/en/api/errors */
export function statusOf(error: GatewayError): number {
  return error.code === 'upstream_overloaded' ? 529 : error.httpStatus
}

export function parseUpstreamError(
  status: number,
  headers: Record<string, string | undefined>,
  body: Buffer,
  providerName: string,
): GatewayError {
  const told = toldBy(body)
  const error = upstreamError(status, told.message, retryAfterMsFrom(headers), providerName)
  if (error.code === 'upstream_invalid_request' && told.type !== undefined) error.details.upstreamCode = withoutKeys(told.type)
  return error
}

const statusOfType: ReadonlyMap<string | undefined, number> = new Map([
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
])

/** An error event in a stream, or in place of an answer, after the provider had said 200. */
export function errorInAnswer(value: unknown, hasBegun: boolean): GatewayError {
  const told = toldIn(value)
  const status = statusOfType.get(told.type)
  if (status !== undefined) return upstreamError(status, told.message, undefined, 'The provider')
  if (!hasBegun && (told.type === 'invalid_request_error' || told.type === 'request_too_large')) return refusedInAnswer(told.message)
  const said = withoutKeys(told.message).slice(0, 500)
  return new UpstreamBrokenError(hasBegun ? 'stream_cut' : 'malformed_response', `The provider's answer broke off with an error: ${said}`)
}

function errorBody(error: GatewayError, callId: string): Record<string, unknown> {
  const { param, budget, ...details } = error.details
  return {
    type: 'error',
    error: {
      type: errorType(error.code, error.httpStatus),
      message: error.publicMessage,
      code: error.code,
      documentation_url: error.documentationPath,
      ...(typeof param === 'string' ? { param } : {}),
      ...(budget === undefined ? {} : { budget }),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    },
    request_id: callId,
  }
}

// Anthropic's own names; SDKs choose their error class by the status, programs look at these.
function errorType(code: ErrorCode, httpStatus: number): string {
  if (code === 'upstream_overloaded') return 'overloaded_error'
  if (httpStatus === 401) return 'authentication_error'
  if (httpStatus === 402) return 'billing_error'
  if (httpStatus === 403) return 'permission_error'
  if (httpStatus === 404) return 'not_found_error'
  if (httpStatus === 413) return 'request_too_large'
  if (httpStatus === 429) return 'rate_limit_error'
  if (httpStatus === 504) return 'timeout_error'
  return httpStatus < 500 ? 'invalid_request_error' : 'api_error'
}

interface Told {
  message: string
  type?: string
}

function toldBy(body: Buffer): Told {
  const text = body.toString('utf8')
  try {
    const parsed: unknown = JSON.parse(text)
    return toldIn(isRecord(parsed) && parsed.error != null ? parsed.error : parsed)
  } catch {
    // A proxy's page of HTML says nothing that a caller could use.
    return { message: text.trimStart().startsWith('<') ? '' : text }
  }
}

function toldIn(value: unknown): Told {
  if (typeof value === 'string') return { message: value }
  if (!isRecord(value)) return { message: '' }
  const message = typeof value.message === 'string' ? value.message : ''
  return typeof value.type === 'string' ? { message, type: value.type } : { message }
}

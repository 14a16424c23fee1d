import { type ErrorCode, type GatewayError, UpstreamBrokenError } from '../../shared/errors.ts'
import { isRecord } from '../../shared/is-record.ts'
import { refusedInAnswer, retryAfterMsFrom, upstreamError, withoutKeys } from '../upstream-error.ts'

/** `{"error":{message,type,param,code}}` with what OpenAI does not have beside it: the call's id, the page about it, the facts of a refusal. */
export function renderError(error: GatewayError, callId: string): Buffer {
  return Buffer.from(JSON.stringify(errorBody(error, callId)))
}

/** The event that ends a stream that has failed: no `[DONE]` follows it. */
export function renderStreamError(error: GatewayError, callId: string): Buffer {
  return Buffer.from(`data: ${JSON.stringify(errorBody(error, callId))}\n\n`)
}

export function parseUpstreamError(
  status: number,
  headers: Record<string, string | undefined>,
  body: Buffer,
  providerName: string,
): GatewayError {
  const told = toldBy(body)
  // Groq answers 413 when a call passes the tokens a minute, which waiting or another provider can cure.
  const meaning = status === 413 && told.code === 'rate_limit_exceeded' ? 429 : status
  const error = upstreamError(meaning, told.message, retryAfterMsFrom(headers), providerName)
  if (error.code !== 'upstream_invalid_request') return error
  if (told.param !== undefined) error.details.param = withoutKeys(told.param)
  if (told.code !== undefined) error.details.upstreamCode = withoutKeys(told.code)
  return error
}

/** An error event in a stream, or in place of an answer, after the provider had said 200. */
export function errorInAnswer(value: unknown, hasBegun: boolean): GatewayError {
  const told = toldIn(value)
  const kind = `${told.type ?? ''} ${told.code ?? ''}`.toLowerCase()
  const provider = 'The provider'
  if (/rate_?limit|quota|resource_exhausted|\b429\b/.test(kind)) return upstreamError(429, told.message, undefined, provider)
  if (/overload|server_?error|api_error|unavailable|internal|timeout|capacity|\b5\d\d\b/.test(kind)) {
    return upstreamError(503, told.message, undefined, provider)
  }
  // The Responses API has a code for each of what it finds wrong: https://platform.openai.com/docs/api-reference/responses/object
  if (!hasBegun && /\binvalid_|policy|image/.test(kind)) return refusedInAnswer(told.message)
  const said = withoutKeys(told.message).slice(0, 500)
  return new UpstreamBrokenError(hasBegun ? 'stream_cut' : 'malformed_response', `The provider's answer broke off with an error: ${said}`)
}

/** The body of every refusal in OpenAI's two dialects. */
export function errorBody(error: GatewayError, callId: string): { error: Record<string, unknown> } {
  const { param, budget, ...details } = error.details
  return {
    error: {
      message: error.publicMessage,
      type: errorType(error.code, error.httpStatus),
      param: typeof param === 'string' ? param : null,
      code: error.code,
      call_id: callId,
      documentation_url: error.documentationPath,
      ...(budget === undefined ? {} : { budget }),
      ...(Object.keys(details).length === 0 ? {} : { details }),
    },
  }
}

// OpenAI's names where it has one; SDKs choose their error class by the status, people search for these.
function errorType(code: ErrorCode, httpStatus: number): string {
  if (code === 'budget_exceeded' || code === 'client_paused') return 'insufficient_quota'
  if (httpStatus === 401) return 'authentication_error'
  if (httpStatus === 403) return 'permission_error'
  if (httpStatus === 404) return 'not_found_error'
  if (httpStatus === 429) return 'rate_limit_error'
  return httpStatus < 500 ? 'invalid_request_error' : 'server_error'
}

interface Told {
  message: string
  type?: string
  code?: string
  param?: string
}

function toldBy(body: Buffer): Told {
  const text = body.toString('utf8')
  try {
    const parsed: unknown = JSON.parse(text)
    // Google's endpoint wraps the error in an array.
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed
    return toldIn(isRecord(first) && first.error != null ? first.error : first)
  } catch {
    // A proxy's page of HTML says nothing that a caller could use.
    return { message: text.trimStart().startsWith('<') ? '' : text }
  }
}

function toldIn(value: unknown): Told {
  if (typeof value === 'string') return { message: value }
  if (!isRecord(value)) return { message: '' }
  const message = value.message ?? value.detail
  const told: Told = { message: typeof message === 'string' ? message : '' }
  const code = value.code ?? value.status_code ?? value.status
  if (typeof value.type === 'string') told.type = value.type
  if (typeof value.status === 'string') told.type ??= value.status
  if (typeof code === 'string' || typeof code === 'number') told.code = String(code)
  if (typeof value.param === 'string') told.param = value.param
  return told
}

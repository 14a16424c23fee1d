import { APICallError, UnsupportedFunctionalityError } from '@ai-sdk/provider'
import { retryAfterMsFrom, upstreamError } from '../dialects/index.ts'
import { ConfigurationError, GatewayError, UpstreamRejectedError } from '../shared/errors.ts'
import { connectionError, malformed } from './attempt-error.ts'

/**
 * What the AI SDK throws, or sends as an `error` part, as ours. Its own errors carry the whole request, and on the way to Vercel that
 * holds provider keys: so nothing of them is kept as a cause but a plain connection error.
 */
export function fromAiSdkError(error: unknown, call: { displayName: string; status: number | undefined; reached: boolean }): GatewayError {
  if (error instanceof GatewayError) return error
  if (UnsupportedFunctionalityError.isInstance(error)) {
    return new UpstreamRejectedError('upstream_invalid_request', `${call.displayName} cannot take this call: ${error.message}`)
  }
  // Its package is loaded by the first call that needs it, which is when a broken installation shows. Another target may still answer.
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    const name = /^Cannot find package '([^']+)'/.exec(error.message)?.[1] ?? 'a package'
    const message = `Calls that are translated for ${call.displayName} need ${name}, which is not installed: npm ci`
    return new ConfigurationError('config_invalid', message, { fallback: true, cause: error })
  }
  const status = statusOf(error) ?? call.status
  if (status !== undefined && status >= 400) {
    return upstreamError(status, messageOf(error), retryAfterMsFrom(headersOf(error)), call.displayName)
  }
  // Not an Error: the provider's own words, said in the middle of a stream.
  if (!(error instanceof Error) && call.status !== undefined) return upstreamError(500, messageOf(error), undefined, call.displayName)
  const connection = connectionCause(error)
  if (connection !== undefined || call.status === undefined) return connectionError(call.reached, call.displayName, connection)
  return malformed(call.displayName, 'sent an answer that could not be read')
}

/** Errors of the AI SDK's providers, of its gateway client and of events in a stream all say their status by the same name. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('statusCode' in error && typeof error.statusCode === 'number') return fromInvention(error, error.statusCode)
  // An event in the stream, as the provider sent it: Anthropic's and OpenAI's types of error, https://docs.anthropic.com/en/api/errors
  const type = 'type' in error && typeof error.type === 'string' ? error.type : undefined
  return type === undefined ? undefined : statusOfType.get(type)
}

const statusOfType: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['model_not_found', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
  ['api_error', 500],
  ['server_error', 500],
  ['internal_server_error', 500],
  ['overloaded_error', 529],
])

/** The gateway's client says 500 for whatever had no status at all: it is a connection that failed if there is one underneath. */
function fromInvention(error: object, statusCode: number): number | undefined {
  if (APICallError.isInstance(error)) return statusCode
  const cause = 'cause' in error ? error.cause : undefined
  return APICallError.isInstance(cause) ? cause.statusCode : cause === undefined ? statusCode : undefined
}

function messageOf(error: unknown): string {
  if (typeof error === 'string') return error
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string' ? error.message : ''
}

function headersOf(error: unknown): Record<string, string | undefined> {
  if (APICallError.isInstance(error)) return error.responseHeaders ?? {}
  return error instanceof Error && error.cause !== undefined ? headersOf(error.cause) : {}
}

/** The socket's own error below the AI SDK's wrappings. */
function connectionCause(error: unknown): Error | undefined {
  let at = error
  for (let depth = 0; depth < 6 && at instanceof Error; depth++) {
    if (
      'code' in at &&
      typeof at.code === 'string' &&
      /^(?:E[A-Z]+|UND_ERR_\w+|CERT_\w+|ERR_TLS\w+|DEPTH_ZERO\w+|UNABLE_TO\w+|SELF_SIGNED\w+)$/.test(at.code)
    )
      return at
    at = at.cause
  }
  return undefined
}

import { type GatewayError, InvalidRequestError, toGatewayError } from '../shared/errors.ts'

/** What a route threw, or Fastify before it came to one: a body that is too long or broke off is the caller's mistake, not ours. */
export function fromFastify(thrown: unknown, bodyLimitBytes: number): GatewayError {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return toGatewayError(thrown)
  if ('code' in thrown && thrown.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new InvalidRequestError('body_too_large', `The body is larger than ${sizeOf(bodyLimitBytes)}.`, { cause: thrown })
  }
  const isTheirs = typeof thrown.statusCode === 'number' && thrown.statusCode >= 400 && thrown.statusCode < 500
  return isTheirs ? new InvalidRequestError('invalid_body', thrown.message, { cause: thrown }) : toGatewayError(thrown)
}

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} kB` : `${Math.round(bytes / 1024 / 1024)} MB`
}

import { ConfigurationError, GatewayError, UpstreamBrokenError, UpstreamUnavailableError } from '../shared/errors.ts'
import type { TimedOut } from './call-clock.ts'
import type { Credentials, ProviderDescription, Target, Timeouts } from './provider.ts'

/** The key that this target is called with: the shared one, or an error that names which is missing. */
export function keyOf(target: Target, credentials: Credentials, description: ProviderDescription): string {
  if (description.isKeyless) return ''
  const key = target.via === 'vercel' ? credentials.gatewayKey : credentials.providerKeys[target.creator]
  if (key !== undefined && key !== '') return key
  throw new ConfigurationError(
    'gateway_without_keys',
    `Gateway enabled but no config found: there is no shared key for ${description.displayName}`,
  )
}

/** The target's model by the name that this provider has for it. */
export function modelNameAt(target: Target, description: ProviderDescription): string {
  const modelName = description.modelNameOf(target)
  if (modelName !== undefined) return modelName
  throw new ConfigurationError('config_invalid', `${description.displayName} does not serve ${target.identifier}`)
}

export function timeoutError(which: TimedOut, timeouts: Timeouts, name: string): GatewayError {
  const words: Record<TimedOut, string> = {
    connect: `${name} could not be connected to within ${timeouts.connectMs} ms`,
    first_byte: `${name} did not begin to answer within ${timeouts.firstByteMs} ms`,
    idle: `${name} sent nothing more for ${timeouts.idleMs} ms`,
    total: `${name} did not finish its answer within ${timeouts.totalMs} ms`,
  }
  return new UpstreamUnavailableError('upstream_timeout', words[which], { details: { provider: name, timeout: which } })
}

/** The connection failed. `reached` tells the two apart that matter: nothing was sent, or the answer broke off. */
export function connectionError(reached: boolean, name: string, cause: unknown): GatewayError {
  const details = { provider: name }
  if (reached)
    return new UpstreamBrokenError('stream_cut', `${name} closed the connection before its answer was complete`, { details, cause })
  if (codeOf(cause) === 'UND_ERR_CONNECT_TIMEOUT') {
    return new UpstreamUnavailableError('upstream_timeout', `${name} could not be connected to in time`, { details, cause })
  }
  return new UpstreamUnavailableError('upstream_unreachable', `${name} could not be reached`, { details, cause })
}

/** The caller's side ended the attempt. */
export function abortError(signal: AbortSignal): GatewayError {
  if (signal.reason instanceof GatewayError) return signal.reason
  return new UpstreamBrokenError('stream_cut', 'The call was ended before its answer was complete')
}

export function malformed(name: string, what: string, cause?: unknown): GatewayError {
  return new UpstreamBrokenError('malformed_response', `${name} ${what}`, cause === undefined ? {} : { cause })
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

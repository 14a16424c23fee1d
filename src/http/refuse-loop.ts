import type { IncomingHttpHeaders } from 'node:http'
import { ConfigurationError } from '../shared/errors.ts'

/**
 * A gateway whose provider's base URL points back at a gateway would call itself until something gives way: it names itself in every call it
 * makes, so it can refuse to be called by one.
 */
export function refuseLoop(headers: IncomingHttpHeaders): void {
  if (!headers['user-agent']?.startsWith('catraca/')) return
  throw new ConfigurationError('config_invalid', "A provider's base URL points at a Catraca gateway: it would call itself without end.")
}

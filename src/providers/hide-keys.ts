import type { GatewayError } from '../shared/errors.ts'
import type { Credentials } from './provider.ts'

/**
 * The last line against a provider that quotes the key it was called with: whatever an error was made of, the keys of this call are
 * taken out of its words before it leaves the attempt.
 */
export function withoutKeysOf(error: GatewayError, credentials: Credentials): GatewayError {
  for (const key of [credentials.gatewayKey, ...Object.values(credentials.providerKeys)]) {
    if (key === undefined || key === '' || !error.message.includes(key)) continue
    error.message = error.message.replaceAll(key, '[secret]')
    if (error.stack !== undefined) error.stack = error.stack.replaceAll(key, '[secret]')
  }
  return error
}

/** The same for a body that is about to be read, so that no part of an error ever holds a key. */
export function bytesWithoutKeys(body: Buffer, credentials: Credentials): Buffer {
  let clean = body
  for (const key of [credentials.gatewayKey, ...Object.values(credentials.providerKeys)]) {
    if (key === undefined || key === '' || !clean.includes(key)) continue
    clean = Buffer.from(clean.toString('latin1').replaceAll(key, '[secret]'), 'latin1')
  }
  return clean
}

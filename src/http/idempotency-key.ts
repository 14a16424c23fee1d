import type { IncomingHttpHeaders } from 'node:http'
import { checkIdempotencyKey } from '../cache/index.ts'

/** The call's `Idempotency-Key`; undefined where it has none. Throws InvalidRequestError for one that is no key. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key']
  return key === undefined ? undefined : checkIdempotencyKey(String(key), 'Idempotency-Key')
}

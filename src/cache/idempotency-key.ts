import { InvalidRequestError } from '../shared/errors.ts'

/** `key` as it was given, or InvalidRequestError naming `param`: 1 to 255 visible ASCII characters. */
export function checkIdempotencyKey(key: string, param: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new InvalidRequestError('invalid_body', `${param} must be 1 to 255 visible ASCII characters, without spaces.`, {
    details: { param },
  })
}

import { isIP } from 'node:net'
import { InvalidRequestError } from './errors.ts'
import { isLoopback, isPublicAddress } from './public-address.ts'

/**
 * The URL of a webhook that a person has set, where it may be one: https to a name or a public address. With `allowsLocal` (never in
 * production) a loopback host may be meant too, and by http. What a name resolves to is judged when it is connected to.
 *
 * @throws InvalidRequestError `invalid_body`
 */
export function parseWebhookUrl(text: string, allowsLocal: boolean): URL {
  const written = /^https?:\/\/(\[[^\]/?#@]*\]|[^:/?#@[\]\\]+)(?::\d+)?(?:[/?#]|$)/i.exec(text)?.[1]
  if (written === undefined || /[\s\\\p{Cc}]/u.test(text) || !URL.canParse(text)) {
    throw wrong('is an address such as https://example.com/hook, without a user')
  }
  const url = new URL(text)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // 2130706433, 0x7f.1 and 0177.0.0.1 are all 127.0.0.1 to somebody: an address is written as one, or refused.
  if (isIP(host) !== 0 && isIP(written.replace(/^\[|\]$/g, '')) === 0)
    throw wrong('names its host, or writes its address in the usual form')
  const isLocal = allowsLocal && (isLoopback(host) || host === 'localhost')
  if (isLocal) return url
  if (url.protocol !== 'https:') throw wrong('begins with https://')
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw wrong('goes to a host on the internet, and this address is not public')
  return url
}

function wrong(what: string): InvalidRequestError {
  return new InvalidRequestError('invalid_body', `A webhook's URL ${what}.`)
}

import { type GatewayError, UpstreamRejectedError, UpstreamUnavailableError } from '../shared/errors.ts'

/**
 * The one place where a provider's refusal becomes ours, whichever dialect it was said in and whichever way the call went.
 * `message` is the provider's own; keys that it echoes are taken out here. `retryAfterMs` comes from `retryAfterMsFrom`.
 */
export function upstreamError(status: number, message: string, retryAfterMs: number | undefined, providerName: string): GatewayError {
  const said = readable(message)
  const text = said === '' ? `${providerName} answered ${status}` : `${providerName} answered ${status}: ${said}`
  const details = { provider: providerName, upstreamStatus: status }
  if (refusesOurKey(status, message)) {
    // The provider's words are about the operator's account and often quote its key: the caller learns only whose problem it is.
    return new UpstreamRejectedError('upstream_auth', `${providerName} refused the gateway's own key or account (status ${status})`, {
      details,
    })
  }
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status === 429) return new UpstreamUnavailableError('upstream_rate_limited', text, { details, ...wait })
  if (status === 408 || status === 504 || status === 524)
    return new UpstreamUnavailableError('upstream_timeout', text, { details, ...wait })
  // 498 is how Groq says that its flex tier has no capacity: https://console.groq.com/docs/errors
  if (status >= 500 || status === 498) return new UpstreamUnavailableError('upstream_overloaded', text, { details, ...wait })
  // What one target does not have, a model above all, another may.
  const elsewhere = status === 404 ? { fallback: true } : {}
  return new UpstreamRejectedError('upstream_invalid_request', text, { details, httpStatus: Math.max(status, 400), ...elsewhere })
}

/** A verdict on the call itself, said in place of an answer that had begun with 200. Another provider may judge otherwise. */
export function refusedInAnswer(message: string): GatewayError {
  if (ourAccount.test(message)) return upstreamError(400, message, undefined, 'The provider')
  return new UpstreamRejectedError('upstream_invalid_request', `The provider refused the call: ${readable(message)}`, { fallback: true })
}

/** How long an upstream asks us to wait: `retry-after-ms`, else `retry-after` in seconds or as a date. Milliseconds, at most a day. */
export function retryAfterMsFrom(headers: Record<string, string | undefined>, nowMs: number = Date.now()): number | undefined {
  const ms = headers['retry-after-ms']
  if (ms !== undefined && ms.trim() !== '' && Number.isFinite(Number(ms))) return bounded(Number(ms))
  const after = headers['retry-after']
  if (after === undefined || after.trim() === '') return undefined
  if (Number.isFinite(Number(after))) return bounded(Number(after) * 1000)
  const at = Date.parse(after)
  return Number.isNaN(at) ? undefined : bounded(at - nowMs)
}

/** Text without anything that looks like a provider's key, whole or masked in the middle as OpenAI quotes it. */
export function withoutKeys(text: string): string {
  return text.replace(keyLike, '[secret]')
}

const keyLike = /\b(?:sk-|gsk_|vck_|ctk_|AIza)[A-Za-z0-9_\-*.]{4,}|\bBearer\s+\S+/g
const longestMessage = 500
const dayMs = 86_400_000

// 402: the account behind our key is empty, which must not look like the client's own budget.
function refusesOurKey(status: number, message: string): boolean {
  return status === 401 || status === 402 || status === 403 || (status === 400 && ourAccount.test(message))
}

/** What some say with 400: Google of a bad key or place, Anthropic of an account without credit or at its limit, OpenAI and Groq likewise. */
const ourAccount =
  /api[ _]key[ _](?:not[ _]valid|invalid)|credit balance is too low|specified api usage limits|billing hard limit|organization has been (?:disabled|restricted)|user location is not supported/i

function readable(message: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not reach a terminal or a header.
  const line = withoutKeys(message.replace(/[\u0000-\u001f\u007f]+/g, ' ')).trim()
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line
}

function bounded(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), dayMs)
}

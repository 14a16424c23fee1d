import type { IncomingHttpHeaders } from 'node:http'
import type { GatewayError } from '../shared/errors.ts'
import { malformed } from './attempt-error.ts'

/**
 * What no answer may do, whatever its status: redirect (the key would follow it to another host) or come compressed, which was not
 * asked for and is how a small body becomes a large one.
 */
export function refusalOfAnswer(status: number, headers: IncomingHttpHeaders, name: string): GatewayError | undefined {
  if (status < 200 || (status >= 300 && status < 400)) return malformed(name, `answered with status ${status}; redirects are not followed`)
  const encoding = headers['content-encoding']
  if (status < 400 && encoding !== undefined && encoding !== 'identity')
    return malformed(name, 'answered compressed, which was not asked for')
  return undefined
}

/** Headers with one value each, which is all that error answers are read for. */
export function singleHeaders(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const single: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(headers)) single[name] = Array.isArray(value) ? value[0] : value
  return single
}

export function firstHeader(headers: IncomingHttpHeaders, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

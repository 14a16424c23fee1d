import { isRecord } from '../shared/is-record.ts'
import { refuse } from './refuse.ts'

/** As Anthropic's wire says it, and as the AI SDK's provider options do. */
const names = new Set(['cache_control', 'cacheControl'])

/**
 * Does any of it ask for a cache of an hour, which costs more to write than one of five minutes? A time whose price is not known is
 * refused: https://platform.claude.com/docs/en/build-with-claude/prompt-caching#1-hour-cache-duration
 */
export function writesOneHourCache(value: unknown, param = ''): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  let found = false
  for (const [key, inner] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${param}[${key}]` : param === '' ? key : `${param}.${key}`
    if (!names.has(key)) found = writesOneHourCache(inner, at) || found
    else if (isRecord(inner)) found = isHour(inner.ttl, at) || found
  }
  return found
}

/**
 * The same of a body in OpenAI's words: Vercel takes Anthropic's field in them too, beside what is to be kept, in tools, and, by the AI SDK's
 * name, in `providerOptions`. A body is only looked through where it can hold either name, perhaps with a letter escaped.
 */
export function asksOneHourCache(raw: Buffer, body: Record<string, unknown>): boolean {
  return (raw.includes('cache') || raw.includes('\\u')) && writesOneHourCache(body)
}

function isHour(ttl: unknown, param: string): boolean {
  if (ttl == null || ttl === '5m' || ttl === '1h') return ttl === '1h'
  throw refuse(`${param}.ttl`, 'ttl must be 5m or 1h')
}

import type { IncomingHttpHeaders } from 'node:http'

/** The client key as OpenAI's clients send it (`Authorization: Bearer`) or as Anthropic's do (`x-api-key`). */
export function presentedKey(headers: IncomingHttpHeaders): string | undefined {
  const bearer = headers.authorization?.match(/^Bearer +(\S+) *$/i)?.[1]
  if (bearer !== undefined) return bearer
  const apiKey = headers['x-api-key']
  return typeof apiKey === 'string' ? apiKey : undefined
}

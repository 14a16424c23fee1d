import type { LimitState } from './limiter.ts'

const namesOf = {
  requests: {
    limit: 'x-ratelimit-limit-requests',
    left: 'x-ratelimit-remaining-requests',
    reset: 'x-ratelimit-reset-requests',
  },
  tokens: {
    limit: 'x-ratelimit-limit-tokens',
    left: 'x-ratelimit-remaining-tokens',
    reset: 'x-ratelimit-reset-tokens',
  },
}

/** `x-ratelimit-*` as OpenAI sends them: limit, what is left of it, and the time until it is whole again (`1s`, `6m0s`, `120ms`). */
export function rateLimitHeaders(state: readonly LimitState[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { unit, limit, left, resetMs } of state) {
    const names = namesOf[unit]
    headers[names.limit] = String(limit)
    headers[names.left] = String(left)
    headers[names.reset] = formatReset(resetMs)
  }
  return headers
}

function formatReset(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`
  const seconds = Math.ceil(ms / 1_000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}

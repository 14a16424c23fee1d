import type { LimitState } from './limiter.ts'

/** `x-ratelimit-*` as OpenAI sends them: limit, what is left of it, and the time until it is whole again (`1s`, `6m0s`, `120ms`). */
export function rateLimitHeaders(state: readonly LimitState[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const { unit, limit, left, resetMs } of state) {
    headers[`x-ratelimit-limit-${unit}`] = String(limit)
    headers[`x-ratelimit-remaining-${unit}`] = String(left)
    headers[`x-ratelimit-reset-${unit}`] = formatReset(resetMs)
  }
  return headers
}

function formatReset(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`
  const seconds = Math.ceil(ms / 1_000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}

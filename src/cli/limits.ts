import { InvalidArgumentError } from 'commander'
import type { MoneyLocale } from '../shared/money.ts'
import { formatCount } from './format.ts'

/** A limit as an option says it. */
export function parseCount(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > 2_147_483_647) throw new InvalidArgumentError('It must be a whole number above 0.')
  return count
}

interface Limits {
  requestsPerMinute: number | undefined
  tokensPerMinute: number | undefined
  maxConcurrentCalls: number | undefined
}

/** `60 requests, 100,000 tokens`; `-` where there is none a minute. */
export function formatLimits({ requestsPerMinute, tokensPerMinute }: Limits, locale: MoneyLocale): string {
  const parts = [
    requestsPerMinute === undefined ? undefined : `${formatCount(requestsPerMinute, locale)} requests`,
    tokensPerMinute === undefined ? undefined : `${formatCount(tokensPerMinute, locale)} tokens`,
  ]
  return parts.filter((part) => part !== undefined).join(', ') || '-'
}

/** How many calls may be under way at once; `-` where any number may. */
export function formatCap({ maxConcurrentCalls }: Limits, locale: MoneyLocale): string {
  return maxConcurrentCalls === undefined ? '-' : formatCount(maxConcurrentCalls, locale)
}

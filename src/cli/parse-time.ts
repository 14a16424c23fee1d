import { UsageError } from './failure.ts'

const unitSeconds: Record<string, number> = { m: 60, h: 3_600, d: 86_400, w: 7 * 86_400 }

/** A length of time (`90m`, `24h`, `7d`, `2w`) in seconds; undefined for what is written differently. */
export function parseSpan(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const seconds = unit === undefined ? undefined : unitSeconds[unit]
  return seconds === undefined ? undefined : Number(count) * seconds
}

/**
 * A day (`2026-11-20`) or a moment (`2026-11-20T14:30`), without a zone: whose clock is meant is the reader's to know. Undefined for what
 * is no day of the calendar.
 */
export function parseMoment(text: string): string | undefined {
  const [, day, time = '00:00'] = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?$/.exec(text) ?? []
  if (day === undefined) return undefined
  const date = new Date(`${day}T${time}Z`)
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day ? undefined : `${day} ${time}`
}

/** When something ends: after a span, at a day, or at a moment with or without a zone. `flag` is what the user typed. */
export function parseEnd(text: string, flag: string): { seconds: number } | { at: string } {
  const seconds = parseSpan(text)
  if (seconds !== undefined) return { seconds }
  const [, moment, zone] = /^(.+?)(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? []
  const local = parseMoment(moment ?? '')
  // A zone belongs to a time of day; behind a day alone it would be read as something else.
  if (local !== undefined && (zone === undefined || moment?.includes(':'))) return { at: `${local}${zone ?? ''}` }
  throw new UsageError(`${flag} "${text}" is neither a length of time (30d, 24h) nor a date (2027-01-31)`)
}

import type { Answer } from '../api/index.ts'
import type { DateRange } from '../format/date-range.ts'

export type Bucket = Answer<'GET /usage/series'>['bucket']

const dayMs = 86_400_000
const utc = (day: string) => Date.parse(`${day}T00:00:00Z`)

/** How many days a range has, both ends included. */
export function daysOf({ from, to }: Pick<DateRange, 'from' | 'to'>): number {
  return Math.round((utc(to) - utc(from)) / dayMs) + 1
}

/** The API's `to` is an end, ours a last day. */
export function windowOf({ from, to }: Pick<DateRange, 'from' | 'to'>): { from: string; to: string } {
  return { from, to: new Date(utc(to) + dayMs).toISOString().slice(0, 10) }
}

/** The end of a range, of so many days at most. */
export function lastDaysOf({ from, to }: Pick<DateRange, 'from' | 'to'>, most: number): { from: string; to: string } {
  const first = new Date(utc(to) - (most - 1) * dayMs).toISOString().slice(0, 10)
  return { from: first > from ? first : from, to }
}

/** As fine as a chart can show. */
export function bucketOf(range: Pick<DateRange, 'from' | 'to'>): Bucket {
  const days = daysOf(range)
  return days <= 2 ? 'hour' : days <= 100 ? 'day' : 'month'
}

/** A bucket's name within its zone: `2026-11-22T15`, `2026-11-22` or `2026-11`. */
export function placeOf(start: string, bucket: Bucket, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(start))
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? ''
  const month = `${part('year')}-${part('month')}`
  if (bucket === 'month') return month
  return bucket === 'day' ? `${month}-${part('day')}` : `${month}-${part('day')}T${part('hour')}`
}

/** Every bucket of the range, also those without calls, which the API leaves out: a chart without them would lie about time. */
export function placesOf({ from, to }: Pick<DateRange, 'from' | 'to'>, bucket: Bucket): string[] {
  const days = Array.from({ length: daysOf({ from, to }) }, (_, index) => new Date(utc(from) + index * dayMs).toISOString().slice(0, 10))
  if (bucket === 'day') return days
  if (bucket === 'month') return [...new Set(days.map((day) => day.slice(0, 7)))]
  return days.flatMap((day) => Array.from({ length: 24 }, (_, hour) => `${day}T${String(hour).padStart(2, '0')}`))
}

/** `22 de nov.`, `15:00`, `nov. de 2026`. A place has its zone in it already. */
export function placeText(place: string, bucket: Bucket, language: string): string {
  const at = new Date(bucket === 'month' ? `${place}-01T00:00:00Z` : bucket === 'day' ? `${place}T00:00:00Z` : `${place}:00:00Z`)
  const options: Record<Bucket, Intl.DateTimeFormatOptions> = {
    hour: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
    day: { day: 'numeric', month: 'short' },
    month: { month: 'short', year: 'numeric' },
  }
  return new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options[bucket] }).format(at)
}

import type { DateRange } from '../../format/index.ts'

export type Bucket = 'hour' | 'day' | 'month'

const dayMs = 86_400_000

/** Days of the range, both ends included. */
export function daysOf({ from, to }: Pick<DateRange, 'from' | 'to'>): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1
}

/** As the API asks for it: its `to` is the beginning of a day, and no longer part of the window. */
export function toWindow({ from, to }: Pick<DateRange, 'from' | 'to'>): { from: string; to: string } {
  return { from, to: new Date(Date.parse(to) + dayMs).toISOString().slice(0, 10) }
}

export function bucketOf(range: Pick<DateRange, 'from' | 'to'>): Bucket {
  const days = daysOf(range)
  if (days <= 2) return 'hour'
  return days <= 100 ? 'day' : 'month'
}

/** The buckets of the range by name, those without calls too, so that a chart has no holes: `2026-11-22`, `2026-11-22T14`, `2026-11`. */
export function bucketNames({ from, to }: Pick<DateRange, 'from' | 'to'>, bucket: Bucket): string[] {
  const days = Array.from({ length: Math.max(0, daysOf({ from, to })) }, (_, index) =>
    new Date(Date.parse(from) + index * dayMs).toISOString().slice(0, 10),
  )
  if (bucket === 'day') return days
  if (bucket === 'month') return [...new Set(days.map((day) => day.slice(0, 7)))]
  return days.flatMap((day) => Array.from({ length: 24 }, (_, hour) => `${day}T${String(hour).padStart(2, '0')}`))
}

/** Which of them a moment is in, by the clock of the zone. */
export function bucketName(iso: string, bucket: Bucket, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(iso))
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  const month = `${part('year')}-${part('month')}`
  if (bucket === 'month') return month
  return bucket === 'day' ? `${month}-${part('day')}` : `${month}-${part('day')}T${part('hour')}`
}

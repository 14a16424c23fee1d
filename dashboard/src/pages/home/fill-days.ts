import { rangeOf } from '../../format/date-range.ts'

/** Points of the last 30 days of a zone, `2026-11-22` each; the API leaves out days without calls, which a chart must not. */
export function fillDays<Day extends { bucket_start: string }>(
  days: readonly Day[],
  zone: string,
  now = new Date(),
): { day: string; sums: Day | undefined }[] {
  const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const known = new Map(days.map((sums) => [dayOf.format(new Date(sums.bucket_start)), sums]))
  const { from, to } = rangeOf('last30', zone, now)
  const filled: { day: string; sums: Day | undefined }[] = []
  for (const date = new Date(from); date <= new Date(to); date.setUTCDate(date.getUTCDate() + 1)) {
    const day = date.toISOString().slice(0, 10)
    filled.push({ day, sums: known.get(day) })
  }
  return filled
}

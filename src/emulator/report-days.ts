/** A report covers whole days of UTC, a bucket each, and hands out so many at a time. */
export interface ReportWindow {
  /** Milliseconds, at midnight in UTC. */
  start: number
  end: number
  limit: number
  page: string | null
}

export interface ReportPage {
  /** The first moment of each day. */
  days: number[]
  nextPage: string | null
}

export const DAY_MS = 86_400_000
const DEFAULT_DAYS = 7
const MOST_DAYS = 31

/** The days of a page; undefined for a page that nobody was given. The token is opaque on the wire and here the day that comes next. */
export function pageOfDays({ start, end, limit, page }: ReportWindow): ReportPage | undefined {
  const first = page === null ? start : Number(Buffer.from(page.replace(/^page_/, ''), 'base64url').toString())
  if (!Number.isSafeInteger(first) || first < start || first % DAY_MS !== 0) return undefined
  const stop = Math.min(end, first + limit * DAY_MS)
  const days: number[] = []
  for (let day = first; day < stop; day += DAY_MS) days.push(day)
  return { days, nextPage: stop < end ? `page_${Buffer.from(String(stop)).toString('base64url')}` : null }
}

/** `limit` as asked for; undefined where it is none that the providers take. */
export function readLimit(text: string | null): number | undefined {
  if (text === null) return DEFAULT_DAYS
  const limit = Number(text)
  return Number.isInteger(limit) && limit >= 1 && limit <= MOST_DAYS ? limit : undefined
}

/** Both providers snap to whole days. */
export function startOfDay(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS
}

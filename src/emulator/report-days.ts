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

export const dayMs = 86_400_000
const defaultDays = 7
const mostDays = 31

/** The days of a page; undefined for a page that nobody was given. The token is opaque on the wire and here the day that comes next. */
export function pageOfDays({ start, end, limit, page }: ReportWindow): ReportPage | undefined {
  const first = page === null ? start : Number(Buffer.from(page.replace(/^page_/, ''), 'base64url').toString())
  if (!Number.isSafeInteger(first) || first < start || first % dayMs !== 0) return undefined
  const stop = Math.min(end, first + limit * dayMs)
  const days: number[] = []
  for (let day = first; day < stop; day += dayMs) days.push(day)
  return { days, nextPage: stop < end ? `page_${Buffer.from(String(stop)).toString('base64url')}` : null }
}

/** `limit` as asked for; undefined where it is none that the providers take. */
export function readLimit(text: string | null): number | undefined {
  if (text === null) return defaultDays
  const limit = Number(text)
  return Number.isInteger(limit) && limit >= 1 && limit <= mostDays ? limit : undefined
}

/** Both providers snap to whole days. */
export function startOfDay(time: number): number {
  return Math.floor(time / dayMs) * dayMs
}

import { z } from 'zod'
import { findClientNames } from '../../clients/index.ts'
import type { Queryable } from '../../database/index.ts'
import { InvalidRequestError } from '../../shared/errors.ts'
import { type SeriesKey, type SeriesUnit, summarizeSeries } from '../../usage/index.ts'
import { time } from '../api/index.ts'
import { type Asked, readWindow, type ScopeQuery } from './usage-query.ts'
import { sums, sumsToJson } from './usage-sums.ts'

const shownKeys = 8
/** What a chart can show, and what is added up in a moment. */
const mostDays: Record<SeriesUnit, number> = { hour: 7, day: 100, month: 1_130 }

export const bucket = z.enum(['hour', 'day', 'month']).default('day')

/** Points of the largest keys by cost, and of `null`, all others together. Buckets without calls have none. */
export const series = z.object({
  from: time,
  to: time,
  time_zone: z.string(),
  bucket: z.enum(['hour', 'day', 'month']),
  by: z.string(),
  /** Largest first. `label` is a client's name, and the key itself for all others. */
  keys: z.array(z.object({ key: z.string().nullable(), label: z.string().nullable() })),
  points: z.array(z.object({ bucket_start: time, key: z.string().nullable(), ...sums })),
})

export interface SeriesQuery extends ScopeQuery {
  bucket: SeriesUnit
  by: SeriesKey
}

export async function readSeries(db: Queryable, asked: Asked, query: SeriesQuery): Promise<z.input<typeof series>> {
  const window = await readSeriesWindow(db, asked, query)
  const rows = await summarizeSeries(db, { ...window, unit: query.bucket, timeZone: asked.timeZone, by: query.by, most: shownKeys })
  const names =
    query.by === 'client'
      ? await findClientNames(
          db,
          rows.map(({ key }) => key).filter((key) => key !== null),
        )
      : new Map()
  const slugOf = (key: string | null) => (key === null ? null : (names.get(key)?.slug ?? key))
  const size = Map.groupBy(rows, ({ key }) => key)
  const total = (key: string | null) => (size.get(key) ?? []).reduce((sum, row) => sum + Number(row.cost_brl ?? 0), 0)
  const keys = [...size.keys()].sort(
    (a, b) => Number(a === null) - Number(b === null) || total(b) - total(a) || (String(a) < String(b) ? -1 : 1),
  )
  return {
    from: window.from,
    to: window.to,
    time_zone: asked.timeZone,
    bucket: query.bucket,
    by: query.by,
    keys: keys.map((key) => ({ key: slugOf(key), label: key === null ? null : (names.get(key)?.name ?? key) })),
    points: rows.map((row) => ({ bucket_start: row.start, key: slugOf(row.key), ...sumsToJson(row) })),
  }
}

/** Of 30 days where no beginning is asked for; a day by hours, a year by months. */
export async function readSeriesWindow(db: Queryable, asked: Asked, query: Omit<SeriesQuery, 'by'>) {
  const days = { hour: 1, day: 30, month: 365 }[query.bucket]
  try {
    return await readWindow(db, asked, query, { days, mostDays: mostDays[query.bucket] })
  } catch (error) {
    if (!(error instanceof InvalidRequestError) || query.bucket === 'month') throw error
    throw new InvalidRequestError('invalid_body', `${error.message} Or ask for longer buckets.`, { cause: error })
  }
}

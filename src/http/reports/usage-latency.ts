import { z } from 'zod'
import type { Queryable } from '../../database/index.ts'
import { findFirstToken, findLatencySeries, type Latency, type SeriesUnit } from '../../usage/index.ts'
import { count, time } from '../api/index.ts'
import type { Asked, ScopeQuery } from './usage-query.ts'
import { readSeriesWindow } from './usage-series.ts'

/** Rows that are read at once for what rollups do not have. */
const newestCalls = 20_000

const percentiles = { p50_ms: z.number(), p95_ms: z.number(), p99_ms: z.number() }

/** Of whole answers that providers gave, within 9 %. */
export const latencyFigures = z.object({ answers: count, ...percentiles })

export const latency = z.object({
  from: time,
  to: time,
  time_zone: z.string(),
  bucket: z.enum(['hour', 'day', 'month']),
  /** Null where there was no answer. */
  all: latencyFigures.nullable(),
  /** Until the first token of a stream, exact, among the newest 20,000 calls of the window. */
  first_token: z.object({ calls: count, ...percentiles }).nullable(),
  points: z.array(z.object({ bucket_start: time, answers: count, ...percentiles })),
})

export async function readLatency(
  db: Queryable,
  asked: Asked,
  query: ScopeQuery & { bucket: SeriesUnit },
): Promise<z.input<typeof latency>> {
  const window = await readSeriesWindow(db, asked, query)
  const [firstToken, { all, points }] = await Promise.all([
    findFirstToken(db, window, newestCalls),
    findLatencySeries(db, { ...window, unit: query.bucket, timeZone: asked.timeZone }),
  ])
  return {
    from: window.from,
    to: window.to,
    time_zone: asked.timeZone,
    bucket: query.bucket,
    all: all ? latencyToJson(all) : null,
    first_token: firstToken ?? null,
    points: points.map((point) => ({ bucket_start: point.start, ...latencyToJson(point) })),
  }
}

export function latencyToJson({ answers, p50Ms, p95Ms, p99Ms }: Latency) {
  return { answers, p50_ms: p50Ms, p95_ms: p95Ms, p99_ms: p99Ms }
}

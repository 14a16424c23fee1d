import type { Queryable } from '../database/index.ts'
import { findLatencyBuckets, type LatencyBucket } from './sql/find-latency.ts'
import { findLatencySeriesBuckets } from './sql/find-latency-series.ts'
import type { UsageSeries } from './sql/from-series.ts'
import type { UsageWindow } from './sql/usage-window.ts'

/** As in usage_latency_bucket: four buckets for each doubling. */
const bucketsADoubling = 4

export interface Latency {
  answers: bigint
  /** Within 9 %, in milliseconds. */
  p50Ms: number
  p95Ms: number
  p99Ms: number
}

/** How long whole answers from providers took; undefined where there was none. */
export async function findLatency(db: Queryable, window: UsageWindow): Promise<Latency | undefined> {
  return percentilesOf(await findLatencyBuckets(db, window))
}

/** The same of a window and by buckets of time in it, oldest first, those with answers. */
export async function findLatencySeries(
  db: Queryable,
  series: UsageSeries,
): Promise<{ all: Latency | undefined; points: (Latency & { start: Date })[] }> {
  const buckets = await findLatencySeriesBuckets(db, series)
  const byStart = Map.groupBy(buckets, ({ start }) => start.getTime())
  const points = [...byStart].flatMap(([start, own]) => {
    const latency = percentilesOf(own)
    return latency ? [{ start: new Date(start), ...latency }] : []
  })
  return { all: percentilesOf(buckets.toSorted((a, b) => a.bucket - b.bucket)), points }
}

/** Of a sketch, fastest first. */
function percentilesOf(buckets: readonly LatencyBucket[]): Latency | undefined {
  const answers = buckets.reduce((sum, bucket) => sum + bucket.answers, 0n)
  if (answers === 0n) return undefined
  const percentile = (share: bigint): number => {
    let below = 0n
    const found = buckets.find((bucket) => {
      below += bucket.answers
      return below * 100n >= answers * share
    })
    // The middle of the bucket, as its width is a ratio.
    return Math.round(2 ** (((found?.bucket ?? 0) + 0.5) / bucketsADoubling))
  }
  return { answers, p50Ms: percentile(50n), p95Ms: percentile(95n), p99Ms: percentile(99n) }
}

import type { Queryable } from '../database/index.ts'
import { findLatencyBuckets } from './sql/find-latency.ts'
import type { UsageWindow } from './sql/usage-window.ts'

/** As in usage_latency_bucket: four buckets for each doubling. */
const bucketsADoubling = 4

export interface Latency {
  answers: bigint
  /** Within 9 %, in milliseconds. */
  p50Ms: number
  p95Ms: number
}

/** How long whole answers from providers took; undefined where there was none. */
export async function findLatency(db: Queryable, window: UsageWindow): Promise<Latency | undefined> {
  const buckets = await findLatencyBuckets(db, window)
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
  return { answers, p50Ms: percentile(50n), p95Ms: percentile(95n) }
}

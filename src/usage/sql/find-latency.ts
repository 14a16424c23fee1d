import type { Queryable } from '../../database/index.ts'
import { fromWindow, type UsageWindow, windowParams } from './usage-window.ts'

/** How often an answer took a time of this bucket. */
export interface LatencyBucket {
  bucket: number
  answers: bigint
}

/** Of whole answers that a provider gave, fastest first. */
export async function findLatencyBuckets(db: Queryable, window: UsageWindow): Promise<LatencyBucket[]> {
  return await db.query<LatencyBucket>(
    `select bucket, sum(latency_sketch[bucket])::bigint as answers
     from ${fromWindow('latency_sketch', 'usage_sketch_of(array[latency_bucket]) as latency_sketch')}
     cross join lateral generate_subscripts(latency_sketch, 1) as bucket
     where latency_sketch[bucket] <> 0
     group by bucket
     order by bucket`,
    windowParams(window),
  )
}

import type { Queryable } from '../../database/index.ts'
import type { LatencyBucket } from './find-latency.ts'
import { seriesParams, type UsageSeries, withSeries } from './from-series.ts'

/** As `findLatencyBuckets`, by buckets of time, oldest first. */
export async function findLatencySeriesBuckets(db: Queryable, series: UsageSeries): Promise<(LatencyBucket & { start: Date })[]> {
  return await db.query<LatencyBucket & { start: Date }>(
    `${withSeries('latency_sketch', 'usage_sketch_of(array[latency_bucket]) as latency_sketch')}
     select start, bucket, sum(sign * latency_sketch[bucket])::bigint as answers
     from found cross join lateral generate_subscripts(latency_sketch, 1) as bucket
     where latency_sketch[bucket] <> 0
     group by 1, 2
     having sum(sign * latency_sketch[bucket]) > 0
     order by 1, 2`,
    seriesParams(series),
  )
}

import type { Queryable } from '../../database/index.ts'
import { seriesParams, type UsageSeries, withSeries } from './from-series.ts'
import type { UsageSums } from './summarize-usage.ts'
import { factColumns, rollupColumns, signedSums, sumsOfUsage } from './usage-window.ts'

export type SeriesKey = 'none' | 'client' | 'provider' | 'model' | 'api_type'

export interface UsagePoint extends UsageSums {
  start: Date
  /** A client's id, a provider, `provider/model` or a kind of call; null is all others together. Without keys `all`. */
  key: string | null
}

const keys: Record<SeriesKey, string> = {
  none: "'all'",
  client: 'client_id::text',
  provider: 'provider',
  model: "provider || '/' || model_name",
  api_type: 'api_type',
}

/** By buckets of time, oldest first, those with calls; the `most` keys that cost most each on its own. */
export async function summarizeSeries(
  db: Queryable,
  { by, most, ...series }: UsageSeries & { by: SeriesKey; most: number },
): Promise<UsagePoint[]> {
  return await db.query<UsagePoint>(
    `${withSeries(rollupColumns, factColumns)}, sums as materialized (
       select start, ${keys[by]} as key, ${signedSums} from found group by 1, 2
     ), places as (
       select key, row_number() over (order by sum(cost_brl) desc, sum(total_tokens) desc, key) as place from sums group by key
     )
     select start, case when place <= $11::int then key end as key, ${sumsOfUsage}
     from sums join places using (key)
     group by 1, 2
     -- What was taken off as a whole is not there.
     having sum(calls) > 0
     order by 1, 2`,
    [...seriesParams(series), most],
  )
}

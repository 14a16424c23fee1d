import type { Queryable } from '../../database/index.ts'

/** One target's last minute, by the rows of the calls that it answered or ended. */
export interface LiveTarget {
  provider: string
  model_name: string
  via: string | null
  calls: number
  errors: number
  /** Milliseconds; null where no call has one. */
  p50_ms: number | null
  p95_ms: number | null
  first_token_p50_ms: number | null
  /** The most frequent one. */
  error_code: string | null
}

/** Those with most calls in the last minute. Answers from the cache are nobody's. Uses gateway_usage_logs_created_at. */
export async function findLiveTargets(db: Queryable, most: number): Promise<LiveTarget[]> {
  return await db.query<LiveTarget>(
    `select provider, model_name, via, count(*)::int as calls, count(*) filter (where status = 'error')::int as errors,
       percentile_cont(0.5) within group (order by latency_ms) as p50_ms,
       percentile_cont(0.95) within group (order by latency_ms) as p95_ms,
       percentile_cont(0.5) within group (order by first_token_ms) as first_token_p50_ms,
       mode() within group (order by error_code) as error_code
     from gateway_usage_logs
     where created_at > now() - interval '1 minute' and not was_cached
     group by provider, model_name, via
     order by calls desc, provider, model_name, via
     limit $1`,
    [most],
  )
}

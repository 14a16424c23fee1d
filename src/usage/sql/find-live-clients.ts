import type { Queryable } from '../../database/index.ts'

/** One client's last minute. */
export interface LiveClient {
  id: string
  slug: string
  time_zone: string
  calls: number
  errors: number
  tokens: number
  /** What it may do a minute; null without a limit. */
  max_requests_per_minute: number | null
  max_tokens_per_minute: number | null
}

/** Those with most calls in the last minute, as far as they are booked. Uses gateway_usage_logs_created_at. */
export async function findLiveClients(db: Queryable, most: number): Promise<LiveClient[]> {
  return await db.query<LiveClient>(
    `select c.id, c.slug, c.time_zone, l.calls, l.errors, l.tokens, c.max_requests_per_minute, c.max_tokens_per_minute
     from (
       select client_id, count(*)::int as calls, count(*) filter (where status = 'error')::int as errors,
         coalesce(sum(total_tokens), 0)::float8 as tokens
       from gateway_usage_logs
       where created_at > now() - interval '1 minute'
       group by client_id
       order by calls desc, client_id
       limit $1
     ) as l
     join clients c on c.id = l.client_id
     order by l.calls desc, c.slug`,
    [most],
  )
}

import type { Queryable } from '../../database/index.ts'
import { inScope, type UsageWindow } from './usage-window.ts'

/** In milliseconds, exact. */
export interface FirstToken {
  calls: bigint
  p50_ms: number
  p95_ms: number
  p99_ms: number
}

/**
 * Until the first token of streams that providers answered whole, among the newest `most` calls of the window: rollups do not have it,
 * and so many rows are read at once. By gateway_usage_logs_client or gateway_usage_logs_created_at.
 */
export async function findFirstToken(
  db: Queryable,
  { from, to, clientId, provider, model, apiType }: UsageWindow,
  most: number,
): Promise<FirstToken | undefined> {
  const [row] = await db.query<FirstToken>(
    `select count(*) as calls, percentile_disc(0.5) within group (order by first_token_ms) as p50_ms,
       percentile_disc(0.95) within group (order by first_token_ms) as p95_ms, percentile_disc(0.99) within group (order by first_token_ms) as p99_ms
     from (
       select * from gateway_usage_logs
       where created_at >= $2 and created_at < $3 and ($1::uuid is null or client_id = $1)
       order by created_at desc
       limit $7
     ) newest
     where first_token_ms is not null and status = 'ok' and not was_cached and ${inScope(1, 4)}`,
    [clientId, from, to, provider, model, apiType, most],
  )
  return row && row.calls > 0n ? row : undefined
}

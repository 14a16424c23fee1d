import type { Queryable } from '../../database/index.ts'

/** Null takes a limit away, undefined leaves it. */
export async function setClientLimitColumns(
  db: Queryable,
  clientId: string,
  limits: { requestsPerMinute: number | null | undefined; tokensPerMinute: number | null | undefined },
): Promise<void> {
  const { requestsPerMinute, tokensPerMinute } = limits
  await db.query(
    `update clients
     set max_requests_per_minute = case when $2 then $3::integer else max_requests_per_minute end,
       max_tokens_per_minute = case when $4 then $5::bigint else max_tokens_per_minute end
     where id = $1`,
    [clientId, requestsPerMinute !== undefined, requestsPerMinute, tokensPerMinute !== undefined, tokensPerMinute],
  )
}

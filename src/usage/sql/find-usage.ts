import type { Queryable } from '../../database/index.ts'
import { type CountedCall, callColumns, fromCalls } from './from-calls.ts'
import type { UsageWindow } from './usage-window.ts'

/** A call as it counts, with its client. */
export interface UsageRow extends CountedCall {
  client: string
  time_zone: string
}

/** Newest first; of one client or of all. By gateway_usage_logs_client or gateway_usage_logs_created_at. */
export async function findUsage(
  db: Queryable,
  { clientId, from, to }: Pick<UsageWindow, 'clientId' | 'from' | 'to'>,
  limit: number,
): Promise<UsageRow[]> {
  const newest = 'order by l.created_at desc, l.id desc limit $4'
  return await db.query<UsageRow>(
    `select ${callColumns}, c.slug as client, c.time_zone
     from ${fromCalls('($1::uuid is null or l.client_id = $1) and l.created_at >= $2 and l.created_at < $3', newest)}
     join clients c on c.id = l.client_id
     ${newest}`,
    [clientId, from, to, limit],
  )
}

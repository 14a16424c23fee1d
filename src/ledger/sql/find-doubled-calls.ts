import type { Queryable } from '../../database/index.ts'

export interface DoubledCallRow {
  call_id: string
  /** Of its first row. */
  client: string | null
  rows: number
}

/**
 * Calls with more than one row in the scope, whichever months these are in: the key of a row is the call with its time, which a hand can
 * change. One pass over the rows, grouped; nothing but the id of each is kept.
 */
export async function findDoubledCalls(
  db: Queryable,
  since: string,
  clientId: string | undefined,
  limit: number,
): Promise<DoubledCallRow[]> {
  return await db.query<DoubledCallRow>(
    `with doubled as materialized (
       select call_id, count(*)::int as rows
       from gateway_usage_logs
       where created_at >= $1::timestamptz and ($2::uuid is null or client_id = $2)
       group by call_id
       having count(*) > 1
       order by call_id
       limit $3
     )
     select d.call_id, d.rows, (
       select c.slug from gateway_usage_logs l join clients c on c.id = l.client_id where l.call_id = d.call_id order by l.created_at limit 1
     ) as client
     from doubled d
     order by d.call_id`,
    [since, clientId, limit],
  )
}

import type { Queryable } from '../../database/index.ts'

/**
 * Calls of which a provider gave any attempt this request id, newest first. No index has request ids: every row is read, which takes
 * seconds a million.
 */
export async function findCallIds(db: Queryable, requestId: string, limit: number): Promise<string[]> {
  const rows = await db.query<{ call_id: string }>(
    `select call_id from (
       select l.call_id, l.created_at from gateway_usage_logs l
       where l.request_id = $1 or l.attempts @> jsonb_build_array(jsonb_build_object('request_id', $1::text))
       union
       select d.call_id, d.created_at from usage_dead_letters d
       where d.call_id is not null
         and (d.record ->> 'request_id' = $1 or d.record -> 'attempts' @> jsonb_build_array(jsonb_build_object('request_id', $1::text)))
     ) found
     group by call_id
     order by max(created_at) desc
     limit $2`,
    [requestId, limit],
  )
  return rows.map((row) => row.call_id)
}

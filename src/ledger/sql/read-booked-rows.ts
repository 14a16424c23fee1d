import type { Queryable } from '../../database/index.ts'
import { type AuditedRow, auditedColumns } from './audited-columns.ts'

export interface BookedRow extends AuditedRow {
  created_at: Date
  /** `created_at` to the microsecond, which a Date does not hold. */
  cursor_at: string
  /** `[budget_id, period_start, amount]` as text each; null where the column is no list. */
  charges: [string | null, string | null, string | null][] | null
}

/**
 * The next rows in order of admission: one page of an audit. Uses gateway_usage_logs_created_at, or gateway_usage_logs_client for one
 * client; the first bound is in the second, and is there for the index and for leaving out months.
 */
export async function readBookedRows(
  db: Queryable,
  after: { at: string; callId: string },
  clientId: string | undefined,
  limit: number,
): Promise<BookedRow[]> {
  return await db.query<BookedRow>(
    `select r.call_id, r.created_at, r.created_at::text as cursor_at, (select c.slug from clients c where c.id = r.client_id) as client,
       ${auditedColumns},
       case when jsonb_typeof(r.charges) = 'array' then (
         select coalesce(jsonb_agg(jsonb_build_array(charge ->> 'budget_id', charge ->> 'period_start', charge ->> 'amount')), '[]')
         from jsonb_array_elements(r.charges) charge
       ) end as charges
     from gateway_usage_logs r
     where r.created_at >= $1::timestamptz and (r.created_at, r.call_id) > ($1::timestamptz, $2::uuid)
       and ($3::uuid is null or r.client_id = $3)
     order by r.created_at, r.call_id
     limit $4`,
    [after.at, after.callId, clientId, limit],
  )
}

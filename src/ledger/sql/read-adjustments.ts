import type { Queryable } from '../../database/index.ts'
import { type AuditedRow, auditedColumns } from './audited-columns.ts'

/** An adjustment with the truth that it was made for, as a row. `status` is null where the call never came to pass. */
export interface AdjustmentRow extends AuditedRow {
  id: bigint
  budget_id: string | null
  period_start: Date | null
  amount: bigint
  budget_type: 'tokens' | 'brl' | 'usd' | null
  /** What the estimate had charged, or was counted as in an opening; null where neither is so. */
  charged: string | null
  has_period: boolean
  /** The row was put away with its month. */
  is_archived: boolean
}

/** The next adjustments in the order in which they were made. */
export async function readAdjustments(
  db: Queryable,
  afterId: bigint,
  scope: { since: string; clientId: string | undefined },
  limit: number,
): Promise<AdjustmentRow[]> {
  return await db.query<AdjustmentRow>(
    `select a.id, a.call_id, a.budget_id, a.period_start, a.amount, b.budget_type, u.client, ${auditedColumns},
       coalesce(u.charged, (
         select o.amount::text from ledger_opened_calls(null, array[a.call_id]) o
         where o.budget_id = a.budget_id and o.period_start = a.period_start
       )) as charged,
       exists (select 1 from budget_periods p where p.budget_id = a.budget_id and p.period_start = a.period_start) as has_period,
       u.client is null and exists (
         select 1 from archived_usage_months m
         where m.month_start < coalesce((select p.period_end from budget_periods p where p.budget_id = a.budget_id and p.period_start = a.period_start),
           a.created_at) and m.month_end > coalesce(a.period_start, m.month_start)
       ) as is_archived
     from budget_adjustments a
     cross join lateral jsonb_populate_record(null::gateway_usage_logs, a.truth) r
     left join budgets b on b.id = a.budget_id
     left join lateral (
       select l.client_id, c.slug as client, (
         select charge ->> 'amount'
         from jsonb_array_elements(case when jsonb_typeof(l.charges) = 'array' then l.charges else '[]' end) charge
         where charge ->> 'budget_id' = a.budget_id::text
         limit 1
       ) as charged
       from gateway_usage_logs l join clients c on c.id = l.client_id
       where l.call_id = a.call_id
       order by l.created_at
       limit 1
     ) u on true
     where a.id > $1 and a.created_at >= $2::timestamptz and ($3::uuid is null or u.client_id = $3)
     order by a.id
     limit $4`,
    [afterId, scope.since, scope.clientId, limit],
  )
}

import type { Queryable } from '../../database/index.ts'

/** What a call took from, counts for in the opening of, gave back to, or holds in a budget; `type` and what follows are null where the budget is no longer there. */
export interface CallMoveRow {
  kind: 'charge' | 'opening' | 'hold' | 'adjustment'
  budget_id: string | null
  period_start: Date | null
  amount: bigint
  reason: string | null
  truth: unknown
  at: Date | null
  type: 'tokens' | 'brl' | 'usd' | null
  period: 'daily' | 'weekly' | 'monthly' | null
  pause_at_limit: boolean | null
  /** Since when another budget is in this one's place. */
  retired_at: Date | null
  time_zone: string | null
  period_end: Date | null
  limit: bigint | null
  used: bigint | null
  reserved: bigint | null
}

/** Everything that a call has moved, or holds at this moment, with the budgets as they stand. */
export async function findCallMoves(db: Queryable, callId: string): Promise<CallMoveRow[]> {
  return await db.query<CallMoveRow>(
    `select m.kind, m.budget_id, m.period_start, m.amount, m.reason, m.truth, m.at, b.budget_type as type, b.budget_period as period,
       b.pause_at_limit, b.retired_at, c.time_zone, p.period_end,
       ledger_period_limit(p, ledger_now()) as "limit", p.used, p.reserved
     from (
       select 'charge' as kind, charge.budget_id, charge.period_start, charge.amount, null as reason, null::jsonb as truth,
         null::timestamptz as at
       from gateway_usage_logs l
       cross join lateral jsonb_to_recordset(case when jsonb_typeof(l.charges) = 'array' then l.charges else '[]' end)
         as charge(budget_id uuid, period_start timestamptz, amount bigint)
       where l.call_id = $1
       union all
       select 'opening', o.budget_id, o.period_start, o.amount, null, null, null from ledger_opened_calls(null, array[$1::uuid]) o
       union all
       select 'hold', h.budget_id, h.period_start, h.amount, null, null, h.expires_at from budget_holds h where h.call_id = $1
       union all
       select 'adjustment', a.budget_id, a.period_start, a.amount, a.reason, a.truth, a.created_at from budget_adjustments a where a.call_id = $1
     ) m
     left join budgets b on b.id = m.budget_id
     left join clients c on c.id = b.client_id
     left join budget_periods p on p.budget_id = m.budget_id and p.period_start = m.period_start
     order by m.kind, b.budget_type, m.period_start, m.budget_id`,
    [callId],
  )
}

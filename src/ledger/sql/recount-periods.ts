import type { Queryable } from '../../database/index.ts'

/** A period's counters beside the sums they must be; amounts in the budget's integer unit. */
export interface RecountedPeriodRow {
  budget_id: string
  period_start: Date
  cursor_start: string
  client: string
  budget_type: 'tokens' | 'brl' | 'usd'
  budget_period: string
  used: bigint
  reserved: bigint
  booked: string
  held: string
  /** What the period began with, because its budget took another's place. */
  opening: bigint
  /** The same from the rows that it counts. */
  opened: string
  /** Rows of the period were put away with their month, so that `booked` is not what it was. */
  is_archived: boolean
}

/**
 * The next periods that end after `since`, recounted (invariant 3) from all of their rows. A row is in the opening or has a charge, never both. One statement a page, so that counters, rows and
 * holds are of one moment while calls go on. Uses the primary key of budget_periods, gateway_usage_logs_client and budget_holds_budget_id.
 */
export async function recountPeriods(
  db: Queryable,
  after: { budgetId: string; start: string },
  scope: { since: string; clientId: string | undefined },
  limit: number,
): Promise<RecountedPeriodRow[]> {
  return await db.query<RecountedPeriodRow>(
    `select p.budget_id, p.period_start, p.period_start::text as cursor_start, c.slug as client, b.budget_type, b.budget_period, p.used, p.reserved,
       p.opening, p.opening + coalesce((
         select sum(case when jsonb_typeof(charge -> 'amount') = 'number' then (charge ->> 'amount')::numeric end)
         from gateway_usage_logs l
         cross join jsonb_array_elements(case when jsonb_typeof(l.charges) = 'array' then l.charges else '[]' end) charge
         where l.client_id = b.client_id and l.created_at >= p.period_start and l.created_at < p.period_end
           and charge ->> 'budget_id' = b.id::text and (charge ->> 'period_start')::timestamptz = p.period_start
       ), 0) + coalesce((
         select sum(a.amount) from budget_adjustments a where a.budget_id = b.id and a.period_start = p.period_start
       ), 0) as booked,
       coalesce((select sum(h.amount) from budget_holds h where h.budget_id = b.id and h.period_start = p.period_start), 0) as held,
       coalesce((
         select sum(ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl))
         from gateway_usage_logs l
         where l.client_id = b.client_id and l.created_at >= greatest(p.period_start, date_trunc('milliseconds', b.created_at))
           and l.created_at < p.period_end and l.id <= p.opened_upto
           and not l.charges @> jsonb_build_array(jsonb_build_object('budget_id', b.id))
       ), 0) as opened,
       exists (select 1 from archived_usage_months m where p.period_start < m.month_end and p.period_end > m.month_start) as is_archived
     from (
       select * from budget_periods
       where (budget_id, period_start) > ($1::uuid, $2::timestamptz) and period_end > $3::timestamptz
         and ($4::uuid is null or budget_id in (select id from budgets where client_id = $4))
       order by budget_id, period_start
       limit $5
     ) p
     join budgets b on b.id = p.budget_id
     join clients c on c.id = b.client_id
     order by p.budget_id, p.period_start`,
    [after.budgetId, after.start, scope.since, scope.clientId, limit],
  )
}

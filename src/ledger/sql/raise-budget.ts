import type { Queryable } from '../../database/index.ts'

/**
 * Of what counts for the client now, also a plan's default. Without `lastsSeconds` and `until` the raise ends with the period; a day or a
 * time without a zone is the client's own. Undefined where that would not be in the future.
 */
export async function raiseBudgetLimit(
  db: Queryable,
  budgetId: string,
  raise: { limit: string; lastsSeconds: number | undefined; until: string | undefined },
): Promise<Date | undefined> {
  const rows = await db.query<{ raised_until: Date }>(
    `update budgets b set raised_limit = $2::numeric, raised_until = e.ends_at
     from effective_budgets f
     cross join lateral (
       select case
         when $3::float8 is not null then ledger_now() + make_interval(secs => $3::float8)
         when $4 ~ '([zZ]|[+-][0-9]{2}:?[0-9]{2})$' and $4 ~ ':' then $4::timestamptz
         when $4 is not null then $4::timestamp at time zone f.time_zone
         else budget_period_end(f.budget_period, f.time_zone, ledger_now())
       end as ends_at
     ) e
     where b.id = $1 and f.id = b.id and e.ends_at > ledger_now()
     returning b.raised_until`,
    [budgetId, raise.limit, raise.lastsSeconds, raise.until],
  )
  return rows[0]?.raised_until
}

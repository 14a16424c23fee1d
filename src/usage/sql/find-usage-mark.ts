import type { Queryable } from '../../database/index.ts'

/** Changes whenever a call of these days is booked or corrected; of one client, or of all. By usage_days' primary key or usage_days_day. */
export async function findUsageMark(db: Queryable, clientId: string | undefined): Promise<string> {
  const [row] = await db.query<{ mark: string }>(
    `select concat_ws(' ', sum(calls), sum(total_tokens), sum(cost_brl)) as mark
     from usage_days
     where day >= (now() at time zone 'UTC')::date - 1 and ($1::uuid is null or client_id = $1)`,
    [clientId],
  )
  return row?.mark ?? ''
}

import type { Queryable } from '../../database/index.ts'

export interface StrayHoldRow {
  call_id: string
  budget_id: string
  period_start: Date
  amount: bigint
  client: string | null
  has_admission: boolean
}

/** Holds that nobody would ever free or that no counter has: without their admission, or without their period. */
export async function findStrayHolds(db: Queryable, clientId: string | undefined, limit: number): Promise<StrayHoldRow[]> {
  return await db.query<StrayHoldRow>(
    `select h.call_id, h.budget_id, h.period_start, h.amount, c.slug as client, a.call_id is not null as has_admission
     from budget_holds h
     left join call_admissions a on a.call_id = h.call_id
     left join budget_periods p on p.budget_id = h.budget_id and p.period_start = h.period_start
     left join budgets b on b.id = h.budget_id
     left join clients c on c.id = b.client_id
     where (a.call_id is null or p.budget_id is null) and ($1::uuid is null or b.client_id = $1)
     order by h.call_id, h.budget_id
     limit $2`,
    [clientId, limit],
  )
}

import type { Queryable } from '../../database/index.ts'

/** Of these calls, those that have no row and no dead letter yet. By the keys of both tables. */
export async function countUnbookedCalls(db: Queryable, callIds: readonly string[]): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count from unnest($1::uuid[]) as wanted (call_id)
     where not exists (select from gateway_usage_logs l where l.call_id = wanted.call_id)
       and not exists (select from usage_dead_letters d where d.call_id = wanted.call_id)`,
    [callIds],
  )
  return row?.count ?? 0
}

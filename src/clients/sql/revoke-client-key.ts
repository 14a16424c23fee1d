import type { Queryable } from '../../database/index.ts'

/** Since when it is revoked: a key that was so before keeps its time. Undefined where there is none any more. */
export async function revokeClientKey(db: Queryable, id: string): Promise<Date | undefined> {
  const [row] = await db.query<{ revoked_at: Date }>(
    'update client_api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning revoked_at',
    [id],
  )
  return row?.revoked_at
}

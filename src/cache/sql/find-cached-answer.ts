import type { Queryable } from '../../database/index.ts'

/** By primary key. Its age is by the database's clock, which all replicas share. */
export async function findCachedAnswer(
  db: Queryable,
  clientId: string,
  keyHash: Buffer,
): Promise<{ sealed: Buffer; age_ms: number } | undefined> {
  const rows = await db.query<{ sealed: Buffer; age_ms: number }>(
    `select sealed, (extract(epoch from now() - created_at) * 1000)::float8 as age_ms
     from response_cache where client_id = $1 and key_hash = $2`,
    [clientId, keyHash],
  )
  return rows[0]
}

import type { Queryable } from '../../database/index.ts'

export interface SealedEntry {
  clientId: string
  keyHash: Buffer
  sealed: Buffer
}

/** The newer one stays. In one order, so that two replicas never wait for each other in a ring; what belongs to no client is left out. */
export async function storeCachedAnswers(db: Queryable, entries: readonly SealedEntry[]): Promise<void> {
  await db.query(
    `insert into response_cache (client_id, key_hash, sealed)
     select e.client_id, e.key_hash, e.sealed
     from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as e (client_id, key_hash, sealed) join clients c on c.id = e.client_id
     order by 1, 2
     on conflict (client_id, key_hash) do update set sealed = excluded.sealed, created_at = now()`,
    [entries.map(({ clientId }) => clientId), entries.map(({ keyHash }) => keyHash), entries.map(({ sealed }) => sealed)],
  )
}

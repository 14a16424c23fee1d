import type { Queryable } from '../../database/index.ts'

export interface SealedEntry {
  clientId: string
  keyHash: Buffer
  sealed: Buffer
  /** What it takes to find it by meaning. */
  meaning: { roomHash: Buffer; sealedHash: Buffer; embedding: readonly number[] } | undefined
}

/** The newer one stays; what its request means is the same as before. In one order, so that two replicas never wait for each other in a ring; what belongs to no client is left out. */
export async function storeCachedAnswers(db: Queryable, entries: readonly SealedEntry[]): Promise<void> {
  await db.query(
    `insert into response_cache as r (client_id, key_hash, sealed, room_hash, sealed_hash, embedding)
     select e.client_id, e.key_hash, e.sealed, e.room_hash, e.sealed_hash, e.embedding::real[]
     from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::text[])
       as e (client_id, key_hash, sealed, room_hash, sealed_hash, embedding) join clients c on c.id = e.client_id
     order by 1, 2
     on conflict (client_id, key_hash) do update set sealed = excluded.sealed, created_at = now(),
       room_hash = coalesce(excluded.room_hash, r.room_hash), sealed_hash = coalesce(excluded.sealed_hash, r.sealed_hash),
       embedding = coalesce(excluded.embedding, r.embedding)`,
    [
      entries.map(({ clientId }) => clientId),
      entries.map(({ keyHash }) => keyHash),
      entries.map(({ sealed }) => sealed),
      entries.map(({ meaning }) => meaning?.roomHash),
      entries.map(({ meaning }) => meaning?.sealedHash),
      entries.map(({ meaning }) => meaning && `{${meaning.embedding.join(',')}}`),
    ],
  )
}

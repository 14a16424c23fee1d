import type { Queryable } from '../../database/index.ts'

export interface HeldKey {
  clientId: string
  keyHash: Buffer
  callId: string
}

/** The calls whose keys are still theirs. */
export async function renewLeases(db: Queryable, held: readonly HeldKey[], leaseMs: number): Promise<Set<string>> {
  const rows = await db.query<{ call_id: string }>(
    `update idempotency_keys k set lease_until = now() + $4 * interval '1 millisecond'
     from unnest($1::uuid[], $2::bytea[], $3::uuid[]) as held (client_id, key_hash, call_id)
     where k.client_id = held.client_id and k.key_hash = held.key_hash and k.call_id = held.call_id and k.state = 'running'
     returning k.call_id`,
    [held.map(({ clientId }) => clientId), held.map(({ keyHash }) => keyHash), held.map(({ callId }) => callId), leaseMs],
  )
  return new Set(rows.map((row) => row.call_id))
}

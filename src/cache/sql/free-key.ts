import type { Queryable } from '../../database/index.ts'
import type { HeldKey } from './renew-leases.ts'

/** The call took nothing: the next one under this key runs afresh. */
export async function freeKey(db: Queryable, { clientId, keyHash, callId }: HeldKey): Promise<void> {
  await db.query(`delete from idempotency_keys where client_id = $1 and key_hash = $2 and call_id = $3 and state = 'running'`, [
    clientId,
    keyHash,
    callId,
  ])
}

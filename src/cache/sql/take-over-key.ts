import type { Queryable } from '../../database/index.ts'

/** Takes the key of a call whose lease is over. False where its process, or another one, was faster. */
export async function takeOverKey(
  db: Queryable,
  claim: { clientId: string; keyHash: Buffer; callId: string; leaseMs: number },
  leftBy: string,
): Promise<boolean> {
  const rows = await db.query(
    `update idempotency_keys set call_id = $3, lease_until = now() + $4 * interval '1 millisecond', created_at = now()
     where client_id = $1 and key_hash = $2 and call_id = $5 and state = 'running' and lease_until < now()
     returning call_id`,
    [claim.clientId, claim.keyHash, claim.callId, claim.leaseMs, leftBy],
  )
  return rows.length > 0
}

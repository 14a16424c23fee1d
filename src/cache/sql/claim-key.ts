import type { Queryable } from '../../database/index.ts'

/** Takes a key that nobody has used within 24 hours. False where somebody has. */
export async function claimKey(
  db: Queryable,
  claim: { clientId: string; keyHash: Buffer; requestHash: Buffer; callId: string; leaseMs: number },
): Promise<boolean> {
  const rows = await db.query(
    `insert into idempotency_keys as k (client_id, key_hash, request_hash, call_id, lease_until)
     values ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')
     on conflict (client_id, key_hash) do update
     set request_hash = excluded.request_hash, call_id = excluded.call_id, lease_until = excluded.lease_until, created_at = now(),
       state = 'running', status = null, headers = null, body = null, is_cut = false
     where k.created_at < now() - interval '24 hours' and (k.state = 'done' or k.lease_until < now())
     returning k.call_id`,
    [claim.clientId, claim.keyHash, claim.requestHash, claim.callId, claim.leaseMs],
  )
  return rows.length > 0
}

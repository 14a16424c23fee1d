import type { Queryable } from '../../database/index.ts'

export interface KeyRow {
  request_hash: Buffer
  call_id: string
  state: 'running' | 'done'
  /** Running, and its lease is over. */
  is_left: boolean
  status: number | null
  headers: Record<string, string> | null
  body: Buffer | null
  is_cut: boolean
}

export async function findKey(db: Queryable, clientId: string, keyHash: Buffer): Promise<KeyRow | undefined> {
  const rows = await db.query<KeyRow>(
    `select request_hash, call_id, state, state = 'running' and lease_until < now() as is_left, status, headers, body, is_cut
     from idempotency_keys where client_id = $1 and key_hash = $2`,
    [clientId, keyHash],
  )
  return rows[0]
}

import type { Queryable } from '../../database/index.ts'

export interface ClientKeyRow {
  hash: Buffer
  id: string
  client_id: string
  allowed_models: string[] | null
  requests_per_minute: number | null
  tokens_per_minute: number | null
  max_concurrent_calls: number | null
  expires_at: Date | null
  revoked_at: Date | null
}

/** Those that there are, by the SHA-256 of the whole key (unique index client_api_keys_hash_key). */
export async function findClientKeyRows(db: Queryable, hashes: readonly Buffer[]): Promise<ClientKeyRow[]> {
  return await db.query<ClientKeyRow>(
    `select hash, id, client_id, allowed_models, requests_per_minute, tokens_per_minute, max_concurrent_calls, expires_at, revoked_at
     from client_api_keys where hash = any($1)`,
    [hashes],
  )
}

export async function findClientKeyRow(db: Queryable, hash: Buffer): Promise<ClientKeyRow | undefined> {
  return (await findClientKeyRows(db, [hash]))[0]
}

import type { Queryable } from '../../database/index.ts'

/** A key that was revoked before keeps its time. */
export async function revokeClientKey(db: Queryable, id: string): Promise<void> {
  await db.query('update client_api_keys set revoked_at = now() where id = $1 and revoked_at is null', [id])
}

import type { Queryable } from '../../database/index.ts'

/** Notes that these keys were used. Not in the call's path: a minute's precision is enough. */
export async function touchClientKeys(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query('update client_api_keys set last_used_at = now() where id = any($1)', [ids])
}

import type { Queryable } from '../../database/index.ts'

/** Notes that these keys were used. Not in the call's path: a minute's precision is enough, so one that another replica notes is left to it. */
export async function touchClientKeys(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query(
    `update client_api_keys set last_used_at = now()
     where id in (select id from client_api_keys where id = any($1) for no key update skip locked)`,
    [ids],
  )
}

import type { Queryable } from '../../database/index.ts'

/** Deletes up to `most` rows older than 24 hours, by the index idempotency_keys_created; returns how many there were. */
export async function deleteOldKeys(db: Queryable, most: number): Promise<number> {
  const rows = await db.query(
    `delete from idempotency_keys where ctid = any (array(
       select ctid from idempotency_keys
       where created_at < now() - interval '24 hours' and (state = 'done' or lease_until < now())
       order by created_at limit $1 for update skip locked
     ))
     returning client_id`,
    [most],
  )
  return rows.length
}

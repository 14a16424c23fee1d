import type { Queryable } from '../../database/index.ts'

/**
 * Deletes the oldest of each client, and then of all, until both bounds hold: what one client has too much of takes nothing from others.
 * Reads the whole table. What is being written anew stays.
 */
export async function evictAnswers(db: Queryable, bounds: { clientBytes: number; totalBytes: number }): Promise<void> {
  await db.query(
    `with ranked as (
       select ctid as place, client_id, created_at, bytes, sum(bytes) over (partition by client_id order by created_at desc, key_hash) as of_client
       from response_cache
     ), staying as (
       select place, sum(bytes) over (order by created_at desc, client_id, of_client) as of_all from ranked where of_client <= $1
     )
     delete from response_cache where ctid = any (array(
       select ctid from response_cache
       where ctid = any (array(select place from ranked where of_client > $1 union all select place from staying where of_all > $2))
       for update skip locked
     ))`,
    [bounds.clientBytes, bounds.totalBytes],
  )
}

import type { Queryable } from '../../database/index.ts'

/** Deletes what is older than the shared setting allows, by the index response_cache_created. What is being written anew stays. */
export async function deleteExpiredAnswers(db: Queryable): Promise<void> {
  await db.query(
    `delete from response_cache where ctid = any (array(
       select ctid from response_cache
       where created_at < (select now() - cache_ttl_seconds * interval '1 second' from shared_gateway_config limit 1)
       for update skip locked
     ))`,
  )
}

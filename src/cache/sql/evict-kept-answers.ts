import type { Queryable } from '../../database/index.ts'

/** Empties the oldest of a client's kept answers until what is left has room; their keys stay spent. Reads the client's rows, no body. */
export async function evictKeptAnswers(db: Queryable, clientId: string, mostBytes: number): Promise<void> {
  await db.query(
    `with ranked as (
       select key_hash, sum(octet_length(body)) over (order by created_at desc, key_hash) as taken
       from idempotency_keys where client_id = $1 and body is not null
     ), leaving as (
       select k.key_hash from idempotency_keys k join ranked r using (key_hash)
       where k.client_id = $1 and k.state = 'done' and r.taken > $2 for update of k skip locked
     )
     update idempotency_keys k set status = null, headers = null, body = null
     from leaving where k.client_id = $1 and k.key_hash = leaving.key_hash`,
    [clientId, mostBytes],
  )
}

import type { Queryable } from '../../database/index.ts'

/** Keeps a record that the ledger could not book, with the reason. `record` is its JSON. */
export async function keepDeadLetter(db: Queryable, record: string, reason: string): Promise<void> {
  await db.query(
    `insert into usage_dead_letters (call_id, record, error)
     values (case when ($1::jsonb ->> 'call_id') ~ '^[0-9a-f-]{36}$' then ($1::jsonb ->> 'call_id')::uuid end, $1::jsonb, $2)
     on conflict do nothing`,
    [record, reason],
  )
}

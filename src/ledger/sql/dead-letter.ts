import type { Queryable } from '../../database/index.ts'

/** Keeps a record that the ledger could not book, with the reason, and without the contact where that was erased. `record` is its JSON. */
export async function keepDeadLetter(db: Queryable, record: string, reason: string): Promise<void> {
  await db.query(
    `insert into usage_dead_letters (call_id, record, error)
     values (case when ($1::jsonb ->> 'call_id') ~ '^[0-9a-f-]{36}$' then ($1::jsonb ->> 'call_id')::uuid end,
       case when exists (select 1 from erased_contacts where hash = ledger_contact_hash($1::jsonb ->> 'client_id', $1::jsonb ->> 'phone'))
         then $1::jsonb - 'phone' - 'conversation_id' else $1::jsonb end, $2)
     on conflict do nothing`,
    [record, reason],
  )
}

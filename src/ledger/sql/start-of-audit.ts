import type { Queryable } from '../../database/index.ts'

/** The instant, as exact text, that is so many seconds ago, or that a clock of the time zone shows as `at`. */
export async function findStartOfAudit(db: Queryable, since: { seconds?: number; at?: string }, timeZone: string): Promise<string> {
  const rows = await db.query<{ since: string }>(
    `select coalesce(ledger_now() - make_interval(secs => $1::float8), $2::timestamp at time zone $3)::text as since`,
    [since.seconds, since.at, timeZone],
  )
  return rows[0]?.since ?? '-infinity'
}

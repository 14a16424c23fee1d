import type { Queryable } from '../../database/index.ts'

/** A month of usage that was put away. */
export interface ArchivedMonth {
  /** YYYY-MM, of UTC. */
  month: string
  archived_at: Date
  /** Null while its rows are still there, in the schema catraca_archive. */
  dropped_at: Date | null
  /** With indexes; null where it was dropped. */
  bytes: bigint | null
}

/** Oldest first. For the owner, because the schema is closed to the gateway's role. */
export async function listArchive(db: Queryable): Promise<ArchivedMonth[]> {
  return await db.query<ArchivedMonth>(
    `select to_char(month_start at time zone 'UTC', 'YYYY-MM') as month, archived_at, dropped_at,
       pg_total_relation_size(to_regclass(format('catraca_archive.%I', usage_month_name(month_start)))) as bytes
     from archived_usage_months
     order by month_start`,
  )
}

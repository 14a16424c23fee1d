import type { Queryable } from '../../database/index.ts'

/** The newest month, as YYYY-MM, whose rows were put away; undefined where none was. */
export async function findLastArchivedMonth(db: Queryable): Promise<string | undefined> {
  const rows = await db.query<{ month: string | null }>(
    `select to_char(max(month_start) at time zone 'UTC', 'YYYY-MM') as month from archived_usage_months`,
  )
  return rows[0]?.month ?? undefined
}

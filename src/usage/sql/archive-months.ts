import type { Queryable } from '../../database/index.ts'

/** Puts months away that ended at least so many months ago, and answers them as YYYY-MM. Rejects as `ensurePartitions` does. */
export async function archiveMonths(db: Queryable, retentionMonths: number): Promise<string[]> {
  const rows = await db.query<{ month: string }>(
    `select to_char(month, 'YYYY-MM') as month from archive_usage_months($1) as month order by month`,
    [retentionMonths],
  )
  return rows.map((row) => row.month)
}

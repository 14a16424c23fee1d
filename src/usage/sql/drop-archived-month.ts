import type { Queryable } from '../../database/index.ts'

/** Deletes the rows of a month (YYYY-MM) that was put away. Rejects with 22023 where the archive has no such month. For the owner alone. */
export async function dropArchivedMonth(db: Queryable, month: string): Promise<void> {
  await db.query("select drop_archived_usage(to_date($1, 'YYYY-MM'))", [month])
}

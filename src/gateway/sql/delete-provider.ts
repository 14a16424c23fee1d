import type { Queryable } from '../../database/index.ts'

/** Was there one of that name? */
export async function deleteProviderRow(db: Queryable, name: string): Promise<boolean> {
  const rows = await db.query('delete from providers where name = $1 returning id', [name])
  return rows.length > 0
}

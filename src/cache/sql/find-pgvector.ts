import type { Queryable } from '../../database/index.ts'

/** Is pgvector in this database, and could it be? */
export async function findPgvector(db: Queryable): Promise<{ is_installed: boolean; is_available: boolean }> {
  const rows = await db.query<{ is_installed: boolean; is_available: boolean }>(
    `select exists (select from pg_extension where extname = 'vector') as is_installed,
       exists (select from pg_available_extensions where name = 'vector') as is_available`,
  )
  return rows[0] ?? { is_installed: false, is_available: false }
}

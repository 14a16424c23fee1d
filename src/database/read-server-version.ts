import type { Queryable } from './database.ts'

/** As PostgreSQL calls itself: `18.4`. */
export async function readServerVersion(db: Queryable): Promise<string> {
  const [row] = await db.query<{ server_version: string }>('show server_version')
  return row?.server_version ?? 'unknown'
}

import type { Queryable } from '../../database/index.ts'

/** False where there was none. */
export async function deleteModelRouteRow(db: Queryable, clientId: string | undefined, alias: string): Promise<boolean> {
  const rows = await db.query('delete from model_routes where alias = $2 and client_id is not distinct from $1::uuid returning id', [
    clientId ?? null,
    alias,
  ])
  return rows.length > 0
}

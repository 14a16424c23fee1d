import type { Queryable } from '../../database/index.ts'

/** False where somebody deleted the row. */
export async function updateSharedRoute(db: Queryable, route: 'auto' | 'vercel' | 'direct'): Promise<boolean> {
  return (await db.query('update shared_gateway_config set route = $1 returning id', [route])).length === 1
}

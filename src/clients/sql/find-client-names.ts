import type { Queryable } from '../../database/index.ts'

/** Ids without a client are left out. */
export async function findClientNames(db: Queryable, ids: readonly string[]): Promise<Map<string, { slug: string; name: string }>> {
  const rows = await db.query<{ id: string; slug: string; name: string }>(
    'select id, slug, name from clients where id = any ($1::uuid[])',
    [ids],
  )
  return new Map(rows.map(({ id, slug, name }) => [id, { slug, name }]))
}

import type { Queryable } from '../../database/index.ts'

/** The demo's own client comes after every real one, and a client that may call before one that may not. */
export async function findTestClientId(db: Queryable): Promise<string | undefined> {
  const rows = await db.query<{ id: string }>(
    `select id from clients order by slug = 'demo', (use_ai_gateway and status = 'active') desc, use_ai_gateway desc, created_at desc
     limit 1`,
  )
  return rows[0]?.id
}

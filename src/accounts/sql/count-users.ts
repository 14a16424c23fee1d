import type { Queryable } from '../../database/index.ts'

export async function countUsers(db: Queryable): Promise<{ all: number; admins: number }> {
  const [row] = await db.query<{ all: number; admins: number }>(
    `select count(*)::int as all, count(*) filter (where role = 'admin' and disabled_at is null)::int as admins from auth_users`,
  )
  return row ?? { all: 0, admins: 0 }
}

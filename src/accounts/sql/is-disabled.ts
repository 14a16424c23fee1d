import type { Queryable } from '../../database/index.ts'

export async function isUserDisabled(db: Queryable, userId: string): Promise<boolean> {
  const rows = await db.query('select 1 from auth_users where id = $1 and disabled_at is not null', [userId])
  return rows.length > 0
}

import type { Queryable } from '../../database/index.ts'

export async function setUserDisabled(tx: Queryable, userId: string, isDisabled: boolean): Promise<void> {
  await tx.query(
    'update auth_users set disabled_at = case when $2 then coalesce(disabled_at, now()) end, updated_at = now() where id = $1',
    [userId, isDisabled],
  )
}

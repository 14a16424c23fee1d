import type { Queryable } from '../../database/index.ts'

/** Sessions, password and second factor go with it. */
export async function deleteUser(tx: Queryable, userId: string): Promise<void> {
  await tx.query('delete from auth_users where id = $1', [userId])
}

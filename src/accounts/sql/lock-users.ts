import type { Queryable } from '../../database/index.ts'

/** Until the end of the transaction nobody else makes, changes or removes a user; reading goes on. */
export async function lockUsers(tx: Queryable): Promise<void> {
  await tx.query('lock table auth_users in share row exclusive mode')
}

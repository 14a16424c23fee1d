import type { Queryable } from '../../database/index.ts'

/** A user's links for a new password, half-done log-ins and remembered devices. */
export async function deleteVerifications(db: Queryable, userId: string): Promise<void> {
  await db.query('delete from auth_verifications where value = $1', [userId])
}

import type { Queryable } from '../../database/index.ts'

/** Those for this e-mail; without one, the set-up links. */
export async function voidInvitations(tx: Queryable, email: string | undefined): Promise<void> {
  await tx.query(
    `update auth_invitations set revoked_at = now()
     where email is not distinct from $1 and used_at is null and revoked_at is null`,
    [email],
  )
}

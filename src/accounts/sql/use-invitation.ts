import type { Queryable } from '../../database/index.ts'

/** Of two at once, one gets it: the other waits for the row and finds it used. */
export async function markInvitationUsed(tx: Queryable, id: string): Promise<boolean> {
  const rows = await tx.query(
    `update auth_invitations set used_at = now()
     where id = $1 and used_at is null and revoked_at is null and expires_at > now() returning id`,
    [id],
  )
  return rows.length === 1
}

import type { Queryable } from '../../database/index.ts'

/** The open ones that this person made; the e-mails that they were for. */
export async function revokeInvitationsOf(tx: Queryable, inviter: string): Promise<string[]> {
  const rows = await tx.query<{ email: string }>(
    `update auth_invitations set revoked_at = now()
     where invited_by = $1 and email is not null and used_at is null and revoked_at is null and expires_at > now() returning email`,
    [inviter],
  )
  return rows.map(({ email }) => email)
}

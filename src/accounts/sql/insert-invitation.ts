import type { Queryable } from '../../database/index.ts'

export interface NewInvitationRow {
  hash: Buffer
  /** Undefined: the set-up link. */
  email: string | undefined
  role: string
  clientId: string | undefined
  invitedBy: string | undefined
  seconds: number
}

export async function insertInvitation(tx: Queryable, invitation: NewInvitationRow): Promise<{ id: string; expires_at: Date }> {
  const { hash, email, role, clientId, invitedBy, seconds } = invitation
  const [row] = await tx.query<{ id: string; expires_at: Date }>(
    `insert into auth_invitations (hash, email, role, client_id, invited_by, expires_at)
     values ($1, $2, $3, $4, coalesce($5, session_user), now() + make_interval(secs => $6)) returning id, expires_at`,
    [hash, email, role, clientId, invitedBy, seconds],
  )
  return row as { id: string; expires_at: Date }
}

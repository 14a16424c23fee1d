import type { Queryable } from '../../database/index.ts'

/** The e-mail that it was for; undefined where there is no such open invitation. */
export async function markInvitationRevoked(db: Queryable, id: string): Promise<string | undefined> {
  const [row] = await db.query<{ email: string }>(
    `update auth_invitations set revoked_at = now()
     where id = $1 and email is not null and used_at is null and revoked_at is null returning email`,
    [id],
  )
  return row?.email
}

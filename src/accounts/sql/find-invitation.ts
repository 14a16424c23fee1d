import type { Queryable } from '../../database/index.ts'

export interface OpenInvitationRow {
  id: string
  email: string | null
  role: 'admin' | 'viewer' | 'client'
  client_id: string | null
  client_name: string | null
  expires_at: Date
}

/** The invitation that this hash opens, if it still does. */
export async function findOpenInvitation(db: Queryable, hash: Buffer): Promise<OpenInvitationRow | undefined> {
  const [row] = await db.query<OpenInvitationRow>(
    `select i.id, i.email, i.role, i.client_id, c.name as client_name, i.expires_at
     from auth_invitations i left join clients c on c.id = i.client_id
     where i.hash = $1 and i.used_at is null and i.revoked_at is null and i.expires_at > now()`,
    [hash],
  )
  return row
}

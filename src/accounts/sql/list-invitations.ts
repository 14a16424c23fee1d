import type { Queryable } from '../../database/index.ts'

export interface InvitationRow {
  id: string
  email: string
  role: 'admin' | 'viewer' | 'client'
  client_id: string | null
  client_slug: string | null
  invited_by: string
  created_at: Date
  expires_at: Date
}

/** Those that can still be accepted, newest first. */
export async function listOpenInvitations(db: Queryable): Promise<InvitationRow[]> {
  return await db.query<InvitationRow>(
    `select i.id, i.email, i.role, i.client_id, c.slug as client_slug, i.invited_by, i.created_at, i.expires_at
     from auth_invitations i left join clients c on c.id = i.client_id
     where i.email is not null and i.used_at is null and i.revoked_at is null and i.expires_at > now()
     order by i.created_at desc`,
  )
}

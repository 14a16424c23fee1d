import type { Queryable } from '../../database/index.ts'

export interface SessionRow {
  id: string
  user_id: string
  email: string
  ip_address: string | null
  user_agent: string | null
  created_at: Date
  expires_at: Date
}

/** Those that are open, newest first: of one user, or of all. */
export async function listSessionRows(db: Queryable, userId: string | undefined): Promise<SessionRow[]> {
  return await db.query<SessionRow>(
    `select s.id, s.user_id, u.email, s.ip_address, s.user_agent, s.created_at, s.expires_at
     from auth_sessions s join auth_users u on u.id = s.user_id
     where s.expires_at > now() and ($1::uuid is null or s.user_id = $1)
     order by s.created_at desc`,
    [userId],
  )
}

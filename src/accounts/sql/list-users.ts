import type { Queryable } from '../../database/index.ts'
import { isUuid } from '../../shared/id.ts'

export interface UserRow {
  id: string
  name: string
  email: string
  role: 'admin' | 'viewer' | 'client'
  client_id: string | null
  client_slug: string | null
  two_factor_enabled: boolean
  disabled_at: Date | null
  created_at: Date
  sessions: number
  last_seen_at: Date | null
  last_log_in_at: Date | null
}

/** All of them by e-mail, or the one with this id or e-mail. */
export async function listUserRows(db: Queryable, idOrEmail?: string): Promise<UserRow[]> {
  return await db.query<UserRow>(
    `select u.id, u.name, u.email, u.role, u.client_id, c.slug as client_slug, u.two_factor_enabled, u.disabled_at, u.created_at,
       s.sessions, s.last_seen_at, l.last_log_in_at
     from auth_users u
     left join clients c on c.id = u.client_id
     cross join lateral (
       select count(*) filter (where expires_at > now())::int as sessions, max(updated_at) as last_seen_at from auth_sessions where user_id = u.id
     ) s
     cross join lateral (
       -- Index audit_log_row. A session is gone when it ends; what happened is not.
       select max(at) as last_log_in_at from audit_log where table_name = 'auth_users' and row_id = u.id::text and action = 'log_in'
     ) l
     where $1::text is null or u.id = $2::uuid or u.email = lower($1)
     order by u.email`,
    [idOrEmail, idOrEmail !== undefined && isUuid(idOrEmail) ? idOrEmail : null],
  )
}

import type { UserRow } from './sql/list-users.ts'

/** `admin` changes, `viewer` reads, `client` sees one client's own figures. */
export type Role = 'admin' | 'viewer' | 'client'
export const roles: readonly Role[] = ['admin', 'viewer', 'client']

export interface User {
  id: string
  name: string
  email: string
  role: Role
  /** Of role `client` only. */
  clientId: string | undefined
  clientSlug: string | undefined
  hasTwoFactor: boolean
  disabledAt: Date | undefined
  createdAt: Date
  /** How many are open. */
  sessions: number
  /** Of the newest session; a day exact. */
  lastSeenAt: Date | undefined
  lastLogInAt: Date | undefined
}

export function userFromRow(row: UserRow): User {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    clientId: row.client_id ?? undefined,
    clientSlug: row.client_slug ?? undefined,
    hasTwoFactor: row.two_factor_enabled,
    disabledAt: row.disabled_at ?? undefined,
    createdAt: row.created_at,
    sessions: row.sessions,
    lastSeenAt: row.last_seen_at ?? undefined,
    lastLogInAt: row.last_log_in_at ?? undefined,
  }
}

export interface RoleWish {
  role: Role
  /** For role `client`, and for no other. */
  clientId: string | undefined
}

import type { Invitation } from './invitations.ts'
import type { User } from './user.ts'
import type { OpenSession } from './user-admin.ts'

/** What command line and HTTP both say of a user; each adds when they were last here. */
export function userToJson(user: User) {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    role: user.role,
    client: user.clientSlug ?? null,
    two_factor: user.hasTwoFactor,
    disabled_at: user.disabledAt ?? null,
    created_at: user.createdAt,
  }
}

/** Without what it opens with, and without whose it is. */
export function sessionToJson({ id, address, userAgent, createdAt, expiresAt }: OpenSession) {
  return { id, address: address ?? null, user_agent: userAgent ?? null, created_at: createdAt, expires_at: expiresAt }
}

/** Without its link, which is shown once. */
export function invitationToJson({ id, email, role, clientSlug, invitedBy, createdAt, expiresAt }: Invitation) {
  return { id, email, role, client: clientSlug ?? null, invited_by: invitedBy, created_at: createdAt, expires_at: expiresAt }
}

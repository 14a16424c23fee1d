import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { isUuid } from '../shared/id.ts'
import type { AccountsDatabase } from './accounts-database.ts'
import { checkEmail, checkRole } from './check-wish.ts'
import { generateLinkToken, hashLinkToken } from './link-token.ts'
import { recordEvent } from './record-event.ts'
import { countUsers } from './sql/count-users.ts'
import { findOpenInvitation, type OpenInvitationRow } from './sql/find-invitation.ts'
import { insertInvitation } from './sql/insert-invitation.ts'
import { insertUser } from './sql/insert-user.ts'
import { listOpenInvitations } from './sql/list-invitations.ts'
import { listUserRows } from './sql/list-users.ts'
import { lockUsers } from './sql/lock-users.ts'
import { markInvitationRevoked } from './sql/revoke-invitation.ts'
import { setActor } from './sql/set-actor.ts'
import { markInvitationUsed } from './sql/use-invitation.ts'
import { voidInvitations } from './sql/void-invitations.ts'
import type { Role, RoleWish } from './user.ts'

const validSeconds = 7 * 24 * 60 * 60

export interface InvitationWish extends RoleWish {
  email: string
}

export interface CreatedInvitation {
  id: string
  email: string
  role: Role
  /** The only time that it is there to be seen: make a link of it with `linkTo(baseUrl, 'invitation', token)`. */
  token: string
  expiresAt: Date
}

/** An invitation that can still be accepted, without what it opens with. */
export interface Invitation {
  id: string
  email: string
  role: Role
  clientId: string | undefined
  clientSlug: string | undefined
  invitedBy: string
  createdAt: Date
  expiresAt: Date
}

/**
 * Valid for seven days, once; an earlier one for the same e-mail is void. `actor` is who invites, for the audit log; undefined on this
 * machine's command line. Throws InvalidRequestError `invalid_body` for an e-mail that has a user, or a role without its client.
 */
export async function inviteUser(db: AccountsDatabase, wish: InvitationWish, actor: string | undefined): Promise<CreatedInvitation> {
  checkRole(wish)
  const email = checkEmail(wish.email)
  const { role, clientId } = wish
  const { token, hash } = generateLinkToken()
  return await db.transaction(async (tx) => {
    if ((await listUserRows(tx, email)).length > 0) {
      throw new InvalidRequestError('invalid_body', `There is already a user ${email}`, { details: { reason: 'user_exists' } })
    }
    await voidInvitations(tx, email)
    const row = await insertInvitation(tx, { hash, email, role, clientId, invitedBy: actor, seconds: validSeconds })
    await recordEvent(tx, 'invite', { actor, details: { email, role, client_id: clientId ?? null } })
    return { id: row.id, email, role, token, expiresAt: row.expires_at }
  })
}

export async function listInvitations(db: Queryable): Promise<Invitation[]> {
  return (await listOpenInvitations(db)).map((row) => ({
    id: row.id,
    email: row.email,
    role: row.role,
    clientId: row.client_id ?? undefined,
    clientSlug: row.client_slug ?? undefined,
    invitedBy: row.invited_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }))
}

/** Throws InvalidRequestError `not_found`. */
export async function revokeInvitation(db: AccountsDatabase, id: string, actor: string | undefined): Promise<void> {
  await db.transaction(async (tx) => {
    const email = isUuid(id) ? await markInvitationRevoked(tx, id) : undefined
    if (email === undefined) throw new InvalidRequestError('not_found', `There is no open invitation "${id}"`)
    await recordEvent(tx, 'invitation_revoked', { actor, details: { email } })
  })
}

/** Is nobody there yet? */
export async function needsSetup(db: Queryable): Promise<boolean> {
  return (await countUsers(db)).all === 0
}

/**
 * The token of a new set-up link, with which whoever holds it becomes the first admin; earlier ones are void. Undefined when there is a
 * user.
 */
export async function createSetupToken(db: AccountsDatabase): Promise<string | undefined> {
  const { token, hash } = generateLinkToken()
  return await db.transaction(async (tx) => {
    // Two gateways that start at once must not both insert one.
    await lockUsers(tx)
    if (!(await needsSetup(tx))) return undefined
    await voidInvitations(tx, undefined)
    await insertInvitation(tx, { hash, email: undefined, role: 'admin', clientId: undefined, invitedBy: undefined, seconds: validSeconds })
    await recordEvent(tx, 'setup_link', {})
    return token
  })
}

/** Throws InvalidRequestError `not_found` for a token that opens nothing, or nothing any more. */
export async function getInvitation(db: Queryable, token: string): Promise<OpenInvitationRow> {
  const invitation = await findOpenInvitation(db, hashLinkToken(token))
  if (!invitation) throw linkIsVoid()
  return invitation
}

/**
 * Makes the user of an invitation, or the first admin, whose e-mail is their own. Role and client are the invitation's. Throws
 * InvalidRequestError `not_found` where the link was used before, `invalid_body` where the e-mail has a user.
 */
export async function acceptInvitation(
  db: AccountsDatabase,
  invitation: OpenInvitationRow,
  user: { name: string; email: string; passwordHash: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockUsers(tx)
    if (!(await markInvitationUsed(tx, invitation.id))) throw linkIsVoid()
    if (invitation.email === null && !(await needsSetup(tx))) throw linkIsVoid()
    await setActor(tx, user.email)
    const id = await insertUser(tx, { ...user, role: invitation.role, clientId: invitation.client_id ?? undefined })
    if (id === undefined) throw new InvalidRequestError('invalid_body', `There is already a user ${user.email}`)
  })
}

function linkIsVoid(): InvalidRequestError {
  return new InvalidRequestError('not_found', 'This link is not valid: it was used, replaced or revoked, or is older than seven days.')
}

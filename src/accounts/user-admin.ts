import { createHash } from 'node:crypto'
import type { Queryable } from '../database/index.ts'
import { InvalidRequestError } from '../shared/errors.ts'
import { isUuid } from '../shared/id.ts'
import type { AccountsDatabase } from './accounts-database.ts'
import { checkRole } from './check-wish.ts'
import { generateLinkToken } from './link-token.ts'
import { recordEvent } from './record-event.ts'
import { countUsers } from './sql/count-users.ts'
import { deleteLinksMadeBy } from './sql/delete-links-made-by.ts'
import { deleteSessions } from './sql/delete-sessions.ts'
import { deleteTwoFactor } from './sql/delete-two-factor.ts'
import { deleteUser } from './sql/delete-user.ts'
import { deleteVerifications } from './sql/delete-verifications.ts'
import { insertVerification } from './sql/insert-verification.ts'
import { listSessionRows } from './sql/list-sessions.ts'
import { listUserRows } from './sql/list-users.ts'
import { lockUsers } from './sql/lock-users.ts'
import { revokeInvitationsOf } from './sql/revoke-invitations-of.ts'
import { setActor } from './sql/set-actor.ts'
import { setUserDisabled } from './sql/set-user-disabled.ts'
import { setUserRole } from './sql/set-user-role.ts'
import { forgetTries } from './tries.ts'
import { type RoleWish, type User, userFromRow } from './user.ts'

const resetLinkSeconds = 24 * 60 * 60

/** An open session, without what it opens with. */
export interface OpenSession {
  id: string
  userId: string
  email: string
  address: string | undefined
  userAgent: string | undefined
  createdAt: Date
  expiresAt: Date
}

/** By e-mail. */
export async function listUsers(db: Queryable): Promise<User[]> {
  return (await listUserRows(db)).map(userFromRow)
}

/** By id or e-mail. Throws InvalidRequestError `not_found`. */
export async function getUser(db: Queryable, idOrEmail: string): Promise<User> {
  const [row] = await listUserRows(db, idOrEmail)
  if (!row) throw new InvalidRequestError('not_found', `There is no user "${idOrEmail.slice(0, 200)}": see catraca user list`)
  return userFromRow(row)
}

/**
 * Another role, or another client for role `client`; it counts from the next request on. Of all that follow: `who` is an id or e-mail,
 * `actor` is named in the audit log (undefined: the command line). Throws InvalidRequestError `invalid_body` for the last admin.
 */
export async function setRole(db: AccountsDatabase, who: string, wish: RoleWish, actor: string | undefined): Promise<User> {
  checkRole(wish)
  return await change(db, who, actor, (tx, user) => setUserRole(tx, user.id, wish.role, wish.clientId))
}

/** A disabled user cannot log in, and every session ends at once. Throws InvalidRequestError `invalid_body` for the last admin. */
export async function setDisabled(db: AccountsDatabase, who: string, isDisabled: boolean, actor: string | undefined): Promise<User> {
  return await change(db, who, actor, async (tx, user) => {
    await setUserDisabled(tx, user.id, isDisabled)
    if (isDisabled) await endAccess(tx, user.id)
  })
}

/** With sessions, password and second factor. Throws InvalidRequestError `invalid_body` for the last admin. */
export async function removeUser(db: AccountsDatabase, who: string, actor: string | undefined): Promise<User> {
  return await db.transaction(async (tx) => {
    await lockUsers(tx)
    const user = await getUser(tx, who)
    await setActor(tx, actor)
    await endAccess(tx, user.id)
    await deleteUser(tx, user.id)
    await endLinksOf(tx, user.email, actor)
    await keepAnAdmin(tx, user)
    return user
  })
}

/** For who has lost the device and the backup codes: the password alone logs in until a new second factor is set up. */
export async function removeTwoFactor(db: AccountsDatabase, who: string, actor: string | undefined): Promise<User> {
  return await change(db, who, actor, async (tx, user) => {
    await deleteTwoFactor(tx, user.id)
    await endAccess(tx, user.id)
    await recordEvent(tx, 'two_factor_off', { actor, user: user.id })
  })
}

/**
 * The token for a new password, valid for a day, once: make a link of it with `linkTo(baseUrl, 'reset-password', token)`. Earlier ones are
 * void, and tries that failed are forgotten. The old password works until the new one is set; then every session ends.
 */
export async function createResetToken(
  db: AccountsDatabase,
  who: string,
  actor: string | undefined,
): Promise<{ user: User; token: string; expiresAt: Date }> {
  const { token } = generateLinkToken()
  return await db.transaction(async (tx) => {
    const user = await getUser(tx, who)
    await deleteVerifications(tx, user.id)
    const { expires_at } = await insertVerification(tx, hashVerification(`reset-password:${token}`), user.id, resetLinkSeconds)
    await forgetTries(tx, [user.email, user.id])
    await recordEvent(tx, 'reset_link', { actor, user: user.id })
    return { user, token, expiresAt: expires_at }
  })
}

/** Newest first; of one user (id or e-mail), or of all. */
export async function listSessions(db: Queryable, who?: string): Promise<OpenSession[]> {
  const userId = who === undefined ? undefined : (await getUser(db, who)).id
  return (await listSessionRows(db, userId)).map((row) => ({
    id: row.id,
    userId: row.user_id,
    email: row.email,
    address: row.ip_address || undefined,
    userAgent: row.user_agent || undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }))
}

/** All of a user's sessions, or one by its id. Answers how many ended; every replica refuses them from the next request on. */
export async function revokeSessions(
  db: AccountsDatabase,
  who: string,
  sessionId: string | undefined,
  actor: string | undefined,
): Promise<number> {
  return await db.transaction(async (tx) => {
    const user = await getUser(tx, who)
    const count = sessionId === undefined || isUuid(sessionId) ? await deleteSessions(tx, user.id, sessionId) : 0
    if (count > 0) await recordEvent(tx, 'sessions_revoked', { actor, user: user.id, details: { count } })
    return count
  })
}

/** As better-auth keeps the identifiers of verifications (`storeIdentifier: 'hashed'`). */
export function hashVerification(identifier: string): string {
  return createHash('sha256').update(identifier).digest('base64url')
}

async function change(
  db: AccountsDatabase,
  who: string,
  actor: string | undefined,
  apply: (tx: Queryable, user: User) => Promise<void>,
): Promise<User> {
  return await db.transaction(async (tx) => {
    // Of two admins who demote each other at once, the second finds that they are the last.
    await lockUsers(tx)
    const user = await getUser(tx, who)
    await setActor(tx, actor)
    await apply(tx, user)
    await keepAnAdmin(tx, user)
    const changed = await getUser(tx, user.id)
    if (changed.role !== 'admin' || changed.disabledAt) await endLinksOf(tx, user.email, actor)
    return changed
  })
}

/** Whoever may make links for nobody any more has no way back in by one that was made before. */
async function endLinksOf(tx: Queryable, maker: string, actor: string | undefined): Promise<void> {
  for (const email of await revokeInvitationsOf(tx, maker)) await recordEvent(tx, 'invitation_revoked', { actor, details: { email } })
  await deleteLinksMadeBy(tx, maker, resetLinkSeconds)
}

async function endAccess(tx: Queryable, userId: string): Promise<void> {
  await deleteSessions(tx, userId)
  await deleteVerifications(tx, userId)
}

async function keepAnAdmin(tx: Queryable, user: User): Promise<void> {
  if (user.role !== 'admin' || (await countUsers(tx)).admins > 0) return
  throw new InvalidRequestError('invalid_body', `${user.email} is the last admin: make another user admin first`, {
    details: { reason: 'last_admin' },
  })
}

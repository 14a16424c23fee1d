import type { Endpoint } from './endpoints.ts'
import { readBody } from './read-body.ts'
import { type EventAction, recordEvent } from './record-event.ts'
import type { AuthParts, AuthRequest, Session } from './session.ts'
import { addressHeader, cookiePrefix } from './settings.ts'
import { deleteVerifications } from './sql/delete-verifications.ts'
import { findChallengedUser } from './sql/find-challenge.ts'
import { takeTry } from './tries.ts'
import { hashVerification } from './user-admin.ts'

/** How long better-auth locks a second factor after ten wrong codes. */
const lockSeconds = 15 * 60

/** After these, what was begun by the old password or remembered by the old factor opens nothing any more. */
const voidsVerifications: ReadonlySet<string> = new Set(['/change-password', '/two-factor/disable'])

/** Passes the request on to better-auth, the tries before it and the audit log after it. */
export async function handlePassed(parts: AuthParts, endpoint: Endpoint, request: AuthRequest): Promise<Response> {
  const body = readBody(endpoint.body, request.body)
  const session = endpoint.method === 'POST' ? await parts.sessionOf(request.cookie) : undefined
  const account = await accountOf(parts, endpoint, request, body, session)
  // Without a session better-auth looks at no password, so nothing was tried.
  const isTry = endpoint.counted !== undefined && (endpoint.counted !== 'session' || session !== undefined)
  const attempt = isTry ? await takeTry(parts.database, request.address, account) : undefined
  const response = await ask(parts, endpoint, request, body)
  if (response.status >= 500) {
    await attempt?.giveBack()
    // better-auth does not say that the database was away: asked once more, it says so itself.
    await parts.sessionOf(request.cookie)
    return Response.json(
      { code: 'internal', message: "This did not work; the gateway's log says why. Try again shortly." },
      { status: 500 },
    )
  }
  const answer = (await response
    .clone()
    .json()
    .catch(() => null)) as { twoFactorRedirect?: boolean; user?: { id: string } } | null
  const isHalfDone = answer?.twoFactorRedirect === true
  if (isHalfDone) await attempt?.giveBack()
  else if (response.ok) await attempt?.succeed()
  if (response.ok && session && voidsVerifications.has(endpoint.path)) await deleteVerifications(parts.database, session.userId)
  const event = isHalfDone ? undefined : eventOf(endpoint.path, response.ok, session)
  if (event !== undefined) {
    const user = answer?.user?.id ?? session?.userId ?? account
    await recordEvent(parts.database, event, { bySelf: true, user, details: { address: request.address } })
  }
  if (response.status === 429) response.headers.set('retry-after', String(lockSeconds))
  return response
}

async function ask({ auth }: AuthParts, { method, path }: Endpoint, request: AuthRequest, body: object): Promise<Response> {
  const headers = new Headers({ [addressHeader]: request.address })
  if (request.cookie !== undefined) headers.set('cookie', request.cookie)
  if (request.userAgent !== undefined) headers.set('user-agent', request.userAgent.slice(0, 500))
  if (method === 'POST') headers.set('content-type', 'application/json')
  const library = await auth()
  const url = `${library.options.baseURL}/api/auth${path}`
  return await library.handler(new Request(url, { method, headers, ...(method === 'POST' && { body: JSON.stringify(body) }) }))
}

async function accountOf(
  { database }: AuthParts,
  { counted }: Endpoint,
  { cookie }: AuthRequest,
  body: Record<string, unknown>,
  session: Session | undefined,
): Promise<string | undefined> {
  if (counted === 'email') return String(body.email)
  if (counted === 'session') return session?.email
  // The id and not the e-mail: knowing the password must not forget the codes that were tried.
  if (counted === 'second factor') return session?.userId ?? (await findChallenged(database, cookie))
  return undefined
}

/** Whose log-in waits for its second factor. Nobody can make up the cookie: its value is looked up, and better-auth checks its signature. */
async function findChallenged(database: AuthParts['database'], cookie = ''): Promise<string | undefined> {
  const value = new RegExp(`(?:^|;\\s*)(?:__Secure-)?${cookiePrefix}\\.two_factor=([^;.%]+)`).exec(cookie)?.[1]
  return value === undefined ? undefined : await findChallengedUser(database, hashVerification(value))
}

function eventOf(path: string, isDone: boolean, session: Session | undefined): EventAction | undefined {
  if (path === '/sign-in/email') return isDone ? 'log_in' : 'log_in_failed'
  if (path === '/two-factor/verify-totp' || path === '/two-factor/verify-backup-code') {
    if (!session) return isDone ? 'log_in' : 'log_in_failed'
    return isDone && !session.hasTwoFactor ? 'two_factor_on' : undefined
  }
  return isDone && session ? done[path] : undefined
}

const done: Readonly<Record<string, EventAction>> = {
  '/sign-out': 'log_out',
  '/change-password': 'password_changed',
  '/two-factor/disable': 'two_factor_off',
  '/two-factor/generate-backup-codes': 'backup_codes_made',
  '/revoke-session': 'sessions_revoked',
  '/revoke-other-sessions': 'sessions_revoked',
}

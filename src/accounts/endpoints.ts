import { z } from 'zod'
import { longestPassword, shortestPassword } from './settings.ts'

/** Whose tries are counted besides the address's: the account of this e-mail, the one that is logged in, the one half logged in, or none. */
export type Counted = 'email' | 'session' | 'second factor' | 'address' | undefined

export interface Endpoint {
  method: 'GET' | 'POST'
  /** Below `/api/auth`. */
  path: string
  /** What may come in; anything else is left out before better-auth sees it. */
  body: z.ZodType<Record<string, unknown>>
  counted: Counted
}

const nothing = z.object({})
const password = z.string().min(1).max(longestPassword)
const newPassword = z
  .string()
  .min(shortestPassword, `must have at least ${shortestPassword} characters`)
  .max(longestPassword, `must have at most ${longestPassword} characters`)
const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'must have no control characters')
/** Only what a token is made of goes to the database, which refuses some characters with an error of its own. */
const token = z
  .string()
  .max(200)
  .regex(/^[\w-]+$/, 'is none')
const code = z.string().trim().min(1).max(40)

const get = (path: string): Endpoint => ({ method: 'GET', path, body: nothing, counted: undefined })
const post = (path: string, body: Endpoint['body'], counted?: Counted): Endpoint => ({ method: 'POST', path, body, counted })

/** All that better-auth is asked for: what is not here does not exist. */
export const passedEndpoints: readonly Endpoint[] = [
  get('/get-session'),
  get('/list-sessions'),
  post('/sign-in/email', z.object({ email: z.email().max(200), password, rememberMe: z.boolean().optional() }), 'email'),
  post('/sign-out', nothing),
  post('/update-user', z.object({ name })),
  // Whoever else knew the old password is out, whatever the caller asks for.
  post(
    '/change-password',
    z.object({ currentPassword: password, newPassword }).transform((body) => ({ ...body, revokeOtherSessions: true })),
    'session',
  ),
  post('/reset-password', z.object({ token, newPassword }), 'address'),
  post('/revoke-session', z.object({ token })),
  post('/revoke-other-sessions', nothing),
  post('/two-factor/enable', z.object({ password }), 'session'),
  post('/two-factor/disable', z.object({ password }), 'session'),
  post('/two-factor/generate-backup-codes', z.object({ password }), 'session'),
  post('/two-factor/verify-totp', z.object({ code, trustDevice: z.boolean().optional() }), 'second factor'),
  post('/two-factor/verify-backup-code', z.object({ code, trustDevice: z.boolean().optional() }), 'second factor'),
]

export const setupBody = z.object({ token, name, email: z.string().max(200), password: newPassword })
export const invitationBody = z.object({ token })
export const acceptBody = z.object({ token, name, password: newPassword })

/** Ours: how users come to be. */
export const ownEndpoints: readonly Endpoint[] = [
  get('/setup'),
  post('/setup', setupBody, 'address'),
  post('/invitation', invitationBody, 'address'),
  post('/accept-invitation', acceptBody, 'address'),
]

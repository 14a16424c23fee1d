import { betterAuth } from 'better-auth'
import { APIError } from 'better-auth/api'
import { twoFactor } from 'better-auth/plugins'
import type { Pool } from 'pg'
import type { Queryable } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import { openSecret, type Secret } from '../shared/secret.ts'
import { tables } from './auth-tables.ts'
import { recordEvent } from './record-event.ts'
import { addressHeader, cookiePrefix, longestPassword, shortestPassword } from './settings.ts'
import { deleteVerifications } from './sql/delete-verifications.ts'
import { isUserDisabled } from './sql/is-disabled.ts'

export interface AuthOptions {
  pool: Pool
  database: Queryable
  secret: Secret
  /** With `https` cookies are `Secure`. */
  publicUrl: string | undefined
  log: Log
}

/**
 * better-auth on the tables of our own migration. Who is asking from where is judged before it (the origin, the number of tries), and which
 * of its endpoints exist at all; see docs/decisions/0026-accounts.md.
 */
export function createAuth({ pool, database, secret, publicUrl, log }: AuthOptions) {
  const value = openSecret(secret, (text) => text)
  return betterAuth({
    appName: 'Catraca',
    baseURL: publicUrl ?? 'http://127.0.0.1',
    basePath: '/api/auth',
    secret: value,
    // Said as well, or a variable of better-auth's own in the environment would come first.
    secrets: [{ version: 1, value }],
    database: pool,
    telemetry: { enabled: false },
    logger: { level: 'error', disableColors: true, log: (_level, message, error) => log.error(`[Accounts] ${message}`, error) },
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: shortestPassword,
      maxPasswordLength: longestPassword,
      revokeSessionsOnPasswordReset: true,
      onPasswordReset: async ({ user }) => {
        await deleteVerifications(database, user.id)
        await recordEvent(database, 'password_reset', { bySelf: true, user: user.id })
      },
    },
    user: {
      ...tables.user,
      additionalFields: {
        role: { type: 'string', input: false },
        clientId: { type: 'string', required: false, input: false, fieldName: 'client_id' },
        disabledAt: { type: 'date', required: false, input: false, fieldName: 'disabled_at' },
      },
    },
    session: {
      ...tables.session,
      // Looked up on every request, so that one that has ended is refused at once, on every replica.
      cookieCache: { enabled: false },
      freshAge: 0,
    },
    account: tables.account,
    verification: { ...tables.verification, storeIdentifier: 'hashed' },
    databaseHooks: { session: { create: { before: async ({ userId }) => await refuseDisabled(database, userId) } } },
    plugins: [
      twoFactor({
        issuer: 'Catraca',
        schema: { user: { fields: { twoFactorEnabled: 'two_factor_enabled' } }, twoFactor: tables.twoFactor },
      }),
    ],
    advanced: {
      cookiePrefix,
      useSecureCookies: publicUrl?.startsWith('https:') ?? false,
      defaultCookieAttributes: { sameSite: 'strict', httpOnly: true },
      // Judged before, and for every route of ours alike.
      disableCSRFCheck: true,
      disableOriginCheck: false,
      ipAddress: { ipAddressHeaders: [addressHeader] },
      database: { generateId: 'uuid' },
    },
  })
}

export type Auth = ReturnType<typeof createAuth>

async function refuseDisabled(database: Queryable, userId: string): Promise<void> {
  if (!(await isUserDisabled(database, userId))) return
  throw APIError.from('FORBIDDEN', { code: 'USER_DISABLED', message: 'This user is disabled. Ask an administrator.' })
}

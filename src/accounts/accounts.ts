import { openDatabase, openPlainPool, orUnavailable } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import type { Secret } from '../shared/secret.ts'
import type { Auth } from './create-auth.ts'
import { type Endpoint, ownEndpoints, passedEndpoints } from './endpoints.ts'
import { handleOwn } from './handle-own.ts'
import { handlePassed } from './handle-passed.ts'
import type { AuthRequest, Session } from './session.ts'
import type { Role } from './user.ts'

const queryTimeoutMs = 15_000
/** Who logs in would rather wait than read that the database is busy. */
const connectTimeoutMs = 10_000

export interface Accounts {
  /** Everything that there is below `/api/auth`. */
  endpoints: readonly Endpoint[]
  /**
   * Answers one of `endpoints`, as JSON. Throws GatewayError for what is refused before better-auth is asked: too many tries, a body that
   * is not right, a link that is void.
   */
  handle(endpoint: Endpoint, request: AuthRequest): Promise<Response>
  /** Undefined where no cookie of a session came, or of one that has ended. Looked up each time. */
  sessionOf(cookie: string | undefined): Promise<Session | undefined>
  close(): Promise<void>
}

export interface AccountsOptions {
  /** As the owner of the tables: the gateway's own role may not see them. */
  url: string
  /** Signs cookies and seals second factors, at least 32 characters. With another one every session ends. */
  secret(): Promise<Secret>
  /** `CATRACA_PUBLIC_URL`. */
  publicUrl: string | undefined
  log: Log
}

/**
 * Users, their log-in and their sessions. Nothing is connected yet, and better-auth is not loaded: that takes half a second, which
 * only who logs in has to wait for.
 *
 * @example
 * const accounts = openAccounts({ url: store.url, secret: () => getAccountsSecret(store), publicUrl, log })
 * const session = await accounts.sessionOf(request.headers.cookie)
 */
export function openAccounts({ url, secret, publicUrl, log }: AccountsOptions): Accounts {
  const options = { applicationName: 'catraca-accounts', maxConnections: 4, queryTimeoutMs, connectTimeoutMs }
  const pool = openPlainPool(url, options)
  const database = openDatabase({ url, ...options })
  let opened: Promise<Auth> | undefined
  const auth = () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }
  const open = async () => {
    const { createAuth } = await import('./create-auth.ts')
    return createAuth({ pool, database, secret: await orUnavailable(secret), publicUrl, log })
  }
  const sessionOf: Accounts['sessionOf'] = async (cookie) => {
    if (!cookie?.includes('session_token=')) return undefined
    const { api } = await auth()
    const ask = () => api.getSession({ headers: new Headers({ cookie }), query: { disableRefresh: true } }).catch(throwCause)
    const found = await orUnavailable(ask)
    if (!found || found.user.disabledAt) return undefined
    const { id: userId, name, email, role, clientId, twoFactorEnabled } = found.user
    return {
      id: found.session.id,
      userId,
      name,
      email,
      role: role as Role,
      clientId: clientId ?? undefined,
      hasTwoFactor: twoFactorEnabled === true,
    }
  }
  const parts = { auth, database, sessionOf }
  return {
    endpoints: [...passedEndpoints, ...ownEndpoints],
    handle: (endpoint, request) =>
      ownEndpoints.includes(endpoint) ? handleOwn(parts, endpoint, request) : orUnavailable(() => handlePassed(parts, endpoint, request)),
    sessionOf,
    async close() {
      await Promise.all([pool.end(), database.close()])
    },
  }
}

/** better-auth hides the database's own error behind a 500 of its own. */
function throwCause(error: unknown): never {
  throw error instanceof Error && error.cause !== undefined ? error.cause : error
}

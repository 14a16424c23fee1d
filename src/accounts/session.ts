import type { Database } from '../database/index.ts'
import type { Auth } from './create-auth.ts'
import type { Role } from './user.ts'

/** Who is logged in, as the database says at this moment. */
export interface Session {
  id: string
  userId: string
  name: string
  email: string
  role: Role
  clientId: string | undefined
  hasTwoFactor: boolean
}

/** A request to one endpoint, its origin judged already. */
export interface AuthRequest {
  /** JSON, undefined where there was none. */
  body: unknown
  cookie: string | undefined
  userAgent: string | undefined
  /** Of the caller, as far as it is known for sure. */
  address: string
}

export interface AuthParts {
  auth(): Promise<Auth>
  database: Database
  sessionOf(cookie: string | undefined): Promise<Session | undefined>
}

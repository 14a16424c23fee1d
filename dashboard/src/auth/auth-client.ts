import { twoFactorClient } from 'better-auth/client/plugins'
import { createAuthClient } from 'better-auth/react'

/** better-auth's own routes; ours beside them (`setup`, `accept-invitation`) go through `api`. */
export const authClient = createAuthClient({ basePath: '/api/auth', plugins: [twoFactorClient()] })

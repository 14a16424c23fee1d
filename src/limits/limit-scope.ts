/** Whose limit it is. */
export type LimitScope = 'key' | 'client' | 'shared'

/** The scope that all clients share has no row of its own to be named after. */
export const sharedId = '00000000-0000-0000-0000-000000000000'

/** In a refusal's words. */
export const whose: Record<LimitScope, string> = { key: 'this client key', client: 'this client', shared: 'all clients together' }

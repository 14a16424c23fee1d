/** Of two gateways that start at once, one makes the secret and the other finds it. */
export const lockAccountsSecret = `select pg_advisory_xact_lock(hashtextextended('catraca accounts secret', 0))`

/** The same lock as in `vault.create_secret`, so that two who store a new name at once make one secret. */
export const lockName = `select pg_advisory_xact_lock(hashtextextended('catraca vault name ' || $1, 0))`

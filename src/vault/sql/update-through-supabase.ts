/** Nulls keep the name, and the description where none is given. */
export const updateThroughSupabase = `select vault.update_secret($1, $2, null, $3)`

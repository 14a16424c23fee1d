/** A statement of its own, before the one that carries values: the server decides at its start what of it goes to the log. */
export const hushLog = `select vault.hush_log()`

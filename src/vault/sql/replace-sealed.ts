/** A new value for a known secret. */
export const replaceSealed = `
  update vault.secrets set secret = $2, description = coalesce($3, description), updated_at = clock_timestamp() where id = $1`

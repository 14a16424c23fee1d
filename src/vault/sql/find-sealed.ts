export const findSealed = `select id, name, secret as value, md5(secret) as version from vault.secrets where id = $1`

/** `value` is what the database hands out: a sealed value, or on Supabase perhaps the plain one. `version` changes with every write. */
export interface StoredSecretRow {
  id: string
  name: string | null
  value: string
  version: string
}

/** The same value in another wrapping: only where nobody has stored a new one meanwhile, and without touching updated_at. */
export const rewrapSealed = `update vault.secrets set secret = $3 where id = $1 and md5(secret) = $2 returning id`

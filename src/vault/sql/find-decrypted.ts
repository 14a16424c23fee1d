export const findDecrypted = `
  select id, name, decrypted_secret as value, md5(secret) as version from vault.decrypted_secrets where id = $1`

export const rewrapThroughSupabase = `
  select id, vault.update_secret(id, $3) from vault.secrets where id = $1 and md5(secret) = $2`

export const listDecrypted = `
  select id, name, description, created_at, updated_at, substring(decrypted_secret from '^catraca-(envelope)-1:') as form
  from vault.decrypted_secrets
  order by name nulls last, id`

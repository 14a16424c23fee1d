/** Only ours: other programs keep their secrets in the same vault. */
export const findAllEnvelopes = `
  select id, name, decrypted_secret as value, md5(secret) as version
  from vault.decrypted_secrets
  where starts_with(decrypted_secret, 'catraca-envelope-1:')
  order by id`

export const findFingerprint = `
  select md5(coalesce(string_agg(concat_ws(' ', id, name, md5(secret)), ',' order by id), '')) as fingerprint from vault.secrets`

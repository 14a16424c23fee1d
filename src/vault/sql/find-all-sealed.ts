export const findAllSealed = `select id, name, secret as value, md5(secret) as version from vault.secrets order by id`

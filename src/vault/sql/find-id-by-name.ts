export const findIdByName = `select id from vault.secrets where name = $1`

export const insertSealed = `insert into vault.secrets (id, name, description, secret) values ($1, $2, coalesce($3, ''), $4)`

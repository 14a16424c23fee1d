export const unseal = `select vault.unseal($1)`

export const createThroughSupabase = `select vault.create_secret($1, $2, coalesce($3, '')) as id`

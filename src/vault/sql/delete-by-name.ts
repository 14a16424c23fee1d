export const deleteByName = 'delete from vault.secrets where name = $1'

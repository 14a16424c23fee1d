/** Before anything is read: is there a Catraca in this database at all, and what kind of vault. */
export const findState = `
  select to_regclass('public.catraca_migrations') is not null as is_migrated, current_setting('server_version') as postgres,
    to_regprocedure('vault.seal_secret()') is not null as has_own_vault,
    array(select distinct application_name from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like 'catraca-gateway%') as gateways`

export interface StateRow {
  is_migrated: boolean
  postgres: string
  has_own_vault: boolean
  /** What gateways call their connections: one is connected. */
  gateways: string[]
}

export const findMigrations = 'select version, name, checksum from public.catraca_migrations order by version'

export interface MigrationRow {
  version: string
  name: string
  checksum: string
}

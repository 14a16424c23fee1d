import type { Queryable } from './database.ts'

/** A setting of the server's as this session has it. */
interface Setting {
  value: string
  /** Where it comes from, in PostgreSQL's words: `default`, `configuration file`, `command line`, `database`, `user`. */
  source: string
}

/** What decides whether a commit that was answered survives, and how many may connect. */
export interface ServerSettings {
  fsync: Setting
  full_page_writes: Setting
  synchronous_commit: Setting
  /** Connections for logins that are not superusers. */
  connections: number
  /** Whose settings these are, quoted for SQL. */
  role: string
  database: string
}

/** As the login of `db` has them: roles and databases may have settings of their own. */
export async function readServerSettings(db: Queryable): Promise<ServerSettings> {
  const rows = await db.query<Setting & { name: string }>(
    `select name, setting as value, source from pg_settings
     where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'max_connections', 'superuser_reserved_connections', 'reserved_connections')`,
  )
  const [login] = await db.query<{ role: string; database: string }>(
    'select quote_ident(current_user) as role, quote_ident(current_database()) as database',
  )
  const find = (name: string): Setting => rows.find((row) => row.name === name) ?? { value: '0', source: 'default' }
  const count = (name: string) => Number(find(name).value)
  return {
    fsync: find('fsync'),
    full_page_writes: find('full_page_writes'),
    synchronous_commit: find('synchronous_commit'),
    // reserved_connections is there since PostgreSQL 16.
    connections: count('max_connections') - count('superuser_reserved_connections') - count('reserved_connections'),
    role: login?.role ?? '',
    database: login?.database ?? '',
  }
}

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Database, Queryable } from './database.ts'
import { refusal } from './refusal.ts'

/** The folder that `supabase db push` reads as well. */
const defaultFolder = new URL('../../supabase/migrations/', import.meta.url)

const oldestServerVersion = 15

/** Any number will do, as long as every Catraca takes the same lock. */
const lockKey = 7_202_611_220_001n

export interface Migration {
  /** 14 digits, the time it was written. */
  version: string
  name: string
}

export interface MigrationFile extends Migration {
  file: string
  sql: string
  /** Its first line begins with `-- additive`: the version before runs on what it leaves. */
  isAdditive: boolean
  /** SHA-256 of the text, line ends normalised: git may check files out with others. */
  checksum: string
}

interface AppliedMigration extends Migration {
  checksum: string
  is_additive: boolean
}

/**
 * Brings a database up to date with `supabase/migrations/`, each file in a transaction of its own, and returns what it applied.
 * Safe to run from several processes at once. Refuses with a ConfigurationError that says what to do: a server that is too old, two files
 * with one version, an applied file that was changed since, a newer Catraca's migration that is not additive, one that fails (named).
 * `only`: the versions to apply, for rows that come from an older schema.
 */
export async function migrate(
  database: Database,
  options: { folder?: URL | string; only?: ReadonlySet<string> } = {},
): Promise<Migration[]> {
  const files = await readMigrations(options.folder)
  await refuseOldServer(database)
  await database.transaction(prepare)
  const done = await database.query<AppliedMigration>(
    'select version, name, checksum, is_additive from public.catraca_migrations order by version',
  )
  refuseUnknown(files, done)
  const applied: Migration[] = []
  for (const file of files) {
    const before = done.find((row) => row.version === file.version)
    if (before) refuseChanged(file, before.checksum)
    else if (options.only?.has(file.version) === false) continue
    else if (await apply(database, file)) applied.push({ version: file.version, name: file.name })
  }
  return applied
}

/** The files, in their order. */
export async function readMigrations(folder: URL | string = defaultFolder): Promise<MigrationFile[]> {
  const base = folder instanceof URL ? folder : pathToFileURL(join(folder, '/'))
  const names = (await readdir(base)).filter((name) => name.endsWith('.sql')).sort()
  const files = await Promise.all(
    names.map(async (file): Promise<MigrationFile> => {
      const [, version, name] = /^(\d{14})_(\w+)\.sql$/.exec(file) ?? []
      if (version === undefined || name === undefined) {
        throw refusal(`Migration ${file} is not named <14-digit version>_<name>.sql`)
      }
      const sql = (await readFile(new URL(file, base), 'utf8')).replaceAll('\r\n', '\n')
      return {
        version,
        name,
        file,
        sql,
        isAdditive: sql.startsWith('-- additive'),
        checksum: createHash('sha256').update(sql).digest('hex'),
      }
    }),
  )
  for (const [index, file] of files.entries()) {
    const next = files[index + 1]
    if (next?.version === file.version) throw refusal(`Two migrations have the version ${file.version}: ${file.file} and ${next.file}`)
  }
  return files
}

async function refuseOldServer(database: Queryable): Promise<void> {
  const [row] = await database.query<{ number: number; version: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
  )
  if (row && row.number < oldestServerVersion * 10_000) {
    throw refusal(`This database is PostgreSQL ${row.version}; Catraca needs PostgreSQL ${oldestServerVersion} or newer`)
  }
}

/** Our own record of what was applied. On Supabase, tables in `public` are open to the API's roles unless this says otherwise. */
async function prepare(tx: Queryable): Promise<void> {
  await lock(tx)
  const [row] = await tx.query<{ exists: boolean; complete: boolean }>(
    `select to_regclass('public.catraca_migrations') is not null as exists, exists (
       select from pg_attribute where attrelid = to_regclass('public.catraca_migrations') and attname = 'is_additive'
     ) as complete`,
  )
  if (row?.complete) return
  // Before it was there, every newer migration was refused: what was applied then counts as not additive.
  if (row?.exists)
    return void (await tx.query('alter table public.catraca_migrations add column is_additive boolean not null default false'))
  await tx.query(`
    create table public.catraca_migrations (
      version text primary key check (version ~ '^[0-9]{14}$'),
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now(),
      is_additive boolean not null default false
    );
    alter table public.catraca_migrations enable row level security;
    do $$
    declare api_role text;
    begin
      for api_role in select rolname from pg_roles where rolname in ('anon', 'authenticated') loop
        execute format('revoke all on public.catraca_migrations from %I', api_role);
      end loop;
    end $$;
  `)
}

/** Held to the end of the transaction, so it works behind a transaction pooler and a killed process leaves no lock behind. */
async function lock(tx: Queryable): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [lockKey])
}

/** While a newer version is rolled out, and when it is taken back, this one runs on what the newer one has only added. */
function refuseUnknown(files: MigrationFile[], done: AppliedMigration[]): void {
  const known = new Set(files.map((file) => file.version))
  const unknown = done.filter((row) => !known.has(row.version) && !row.is_additive).map((row) => `${row.version}_${row.name}`)
  if (unknown.length === 0) return
  throw refusal(
    `This database was made by a newer Catraca: it has ${unknown.join(', ')}, which this version does not know. ` +
      'Update Catraca (git pull, then npm run up), or point DATABASE_URL at another database',
  )
}

function refuseChanged(file: MigrationFile, checksum: string): void {
  if (checksum === file.checksum) return
  throw refusal(
    `Migration ${file.file} was changed after it had been applied to this database. ` +
      'Restore the file as it was (git checkout supabase/migrations) and put the change into a new migration',
  )
}

/** Returns false where it was applied already: by a rival process a moment ago, or by `supabase db push`. */
async function apply(database: Database, file: MigrationFile): Promise<boolean> {
  return await database.transaction(async (tx) => {
    await lock(tx)
    // The record comes first: its key is what detects a rival.
    const recorded = await tx.query(
      `insert into public.catraca_migrations (version, name, checksum, is_additive) values ($1, $2, $3, $4)
       on conflict (version) do nothing returning version`,
      [file.version, file.name, file.checksum, file.isAdditive],
    )
    if (recorded.length === 0) {
      const [rival] = await tx.query<AppliedMigration>('select checksum from public.catraca_migrations where version = $1', [file.version])
      refuseChanged(file, rival?.checksum ?? '')
      return false
    }
    if (await appliedBySupabase(tx, file)) return false
    try {
      await tx.query(file.sql)
    } catch (error) {
      throw refusal(`Migration ${file.file} failed${whereIn(file.sql, error)}`, error)
    }
    return true
  })
}

/** `supabase db push` keeps a table of its own. Its versions are the user's as well as ours, hence the name. */
async function appliedBySupabase(tx: Queryable, file: MigrationFile): Promise<boolean> {
  const [table] = await tx.query<{ exists: boolean }>(`select to_regclass('supabase_migrations.schema_migrations') is not null as exists`)
  if (!table?.exists) return false
  const rows = await tx.query<{ version: string; name?: string | null }>(
    'select * from supabase_migrations.schema_migrations where version = $1',
    [file.version],
  )
  return rows.some((row) => (row.name ?? file.name) === file.name)
}

/** `, line 12: relation "x" does not exist (42P01)` */
function whereIn(sql: string, error: unknown): string {
  if (!(error instanceof Error)) return ''
  const position = 'position' in error ? Number(error.position) : 0
  const line = position > 0 ? `, line ${sql.slice(0, position).split('\n').length}` : ''
  const code = 'code' in error ? ` (${error.code})` : ''
  return `${line}: ${error.message}${code}`
}

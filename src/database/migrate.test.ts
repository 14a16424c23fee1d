import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createEmptyDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { hasPostgres15, type Postgres15, startPostgres15 } from '../../tests/_support/postgres15.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { isConnectionError, migrate, openDatabase } from './index.ts'

let empty: TestDatabase
let folder: string

beforeEach(async () => {
  empty = await createEmptyDatabase()
  folder = await mkdtemp(join(tmpdir(), 'catraca-migrations-'))
})
afterEach(async () => {
  await empty.drop()
  await rm(folder, { recursive: true })
})

const write = (file: string, sql: string) => writeFile(join(folder, file), sql)
const tables = async () => {
  const rows = await empty.database.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'catraca_migrations'`,
  )
  return rows.map((row) => row.name).sort()
}

describe('migrate', () => {
  test('applies what is new, in order, once, and returns it', async () => {
    await write('20260101000002_second.sql', 'insert into one values (1);')
    await write('20260101000001_first.sql', 'create table one (id int);\ncreate table two (id int);')
    expect(await migrate(empty.database, { folder })).toEqual([
      { version: '20260101000001', name: 'first' },
      { version: '20260101000002', name: 'second' },
    ])
    expect(await migrate(empty.database, { folder })).toEqual([])
    await write('20260101000003_third.sql', 'create table three (id int);')
    expect(await migrate(empty.database, { folder })).toEqual([{ version: '20260101000003', name: 'third' }])
    expect(await tables()).toEqual(['one', 'three', 'two'])
    expect(await empty.database.query('select id from one')).toEqual([{ id: 1 }])
  })

  test('four at once apply each file once', async () => {
    await write('20260101000001_first.sql', 'create table one (id int); select pg_sleep(0.2);')
    await write('20260101000002_second.sql', 'insert into one values (1); select pg_sleep(0.2);')
    const rivals = Array.from({ length: 4 }, () => openDatabase({ url: empty.url, maxConnections: 1 }))
    const applied = await Promise.all(rivals.map((rival) => migrate(rival, { folder })))
    expect(
      applied
        .flat()
        .map((migration) => migration.name)
        .sort(),
    ).toEqual(['first', 'second'])
    expect(await empty.database.query('select id from one')).toEqual([{ id: 1 }])
    await Promise.all(rivals.map((rival) => rival.close()))
  })

  test('a file that fails is named with its line and leaves nothing; those before it stay', async () => {
    await write('20260101000001_good.sql', 'create table one (id int);')
    await write('20260101000002_bad.sql', 'create table two (id int);\n\ninsert into nothing_here values (1);')
    const failing = migrate(empty.database, { folder })
    await expect(failing).rejects.toThrow('Migration 20260101000002_bad.sql failed, line 3: relation "nothing_here" does not exist (42P01)')
    await expect(failing).rejects.toBeInstanceOf(ConfigurationError)
    expect(await tables()).toEqual(['one'])
    await write('20260101000002_bad.sql', 'create table two (id int);')
    expect(await migrate(empty.database, { folder })).toEqual([{ version: '20260101000002', name: 'bad' }])
  })

  test('two files with one version are refused before anything is applied', async () => {
    await write('20260101000001_first.sql', 'create table one (id int);')
    await write('20260101000001_other.sql', 'create table two (id int);')
    await expect(migrate(empty.database, { folder })).rejects.toThrow(
      'Two migrations have the version 20260101000001: 20260101000001_first.sql and 20260101000001_other.sql',
    )
    expect(await tables()).toEqual([])
  })

  test.each(['1_short.sql', '20260101000001.sql', '20260101000001_a-b.sql'])('a file named %s is refused', async (file) => {
    await write(file, 'select 1')
    await expect(migrate(empty.database, { folder })).rejects.toThrow(`Migration ${file} is not named`)
  })

  test('an applied file that was changed is refused; other line ends are no change', async () => {
    await write('20260101000001_first.sql', 'create table one (\n  id int\n);')
    await migrate(empty.database, { folder })
    await write('20260101000001_first.sql', 'create table one (\r\n  id int\r\n);')
    expect(await migrate(empty.database, { folder })).toEqual([])
    await write('20260101000001_first.sql', 'create table one (id int8);')
    await expect(migrate(empty.database, { folder })).rejects.toThrow('20260101000001_first.sql was changed after it had been applied')
  })

  test('a database of a newer Catraca is refused, with what to do, and left alone', async () => {
    await write('20260101000001_first.sql', 'create table one (id int);')
    await write('20270101000001_future.sql', 'create table later (id int);')
    await migrate(empty.database, { folder })
    await rm(join(folder, '20270101000001_future.sql'))
    await write('20260101000002_second.sql', 'create table two (id int);')
    await expect(migrate(empty.database, { folder })).rejects.toThrow(
      /made by a newer Catraca: it has 20270101000001_future.*Update Catraca/,
    )
    expect(await tables()).toEqual(['later', 'one'])
  })

  test('what a newer Catraca has only added is no reason to refuse; the first of its migrations that is not, is', async () => {
    await write('20260101000001_first.sql', 'create table one (id int);')
    await write('20270101000001_column.sql', '-- additive\nalter table one add column more int;')
    await migrate(empty.database, { folder })
    await rm(join(folder, '20270101000001_column.sql'))
    expect(await migrate(empty.database, { folder })).toEqual([])
    await write('20270101000002_contract.sql', 'alter table one drop column more;')
    await write('20270101000001_column.sql', '-- additive\nalter table one add column more int;')
    await migrate(empty.database, { folder })
    await rm(join(folder, '20270101000001_column.sql'))
    await rm(join(folder, '20270101000002_contract.sql'))
    await expect(migrate(empty.database, { folder })).rejects.toThrow('it has 20270101000002_contract, which this version does not know')
  })

  test('a record that was kept before additive migrations were told apart is brought along', async () => {
    await write('20260101000001_first.sql', 'create table one (id int);')
    await migrate(empty.database, { folder })
    await empty.database.query('alter table catraca_migrations drop column is_additive')
    await write('20260101000002_second.sql', '-- additive: a table\ncreate table two (id int);')
    expect(await migrate(empty.database, { folder })).toEqual([{ version: '20260101000002', name: 'second' }])
    const rows = await empty.database.query('select is_additive from catraca_migrations order by version')
    expect(rows).toEqual([{ is_additive: false }, { is_additive: true }])
  })

  test('PostgreSQL older than 15 is refused', async () => {
    // The real query on a real server, which is made to answer as an old one would.
    const name = new URL(empty.url).pathname.slice(1)
    await empty.database.query(`
      create schema disguise;
      create function disguise.current_setting(name text) returns text language sql as
        $$ select case name when 'server_version_num' then '140019' when 'server_version' then '14.19' end $$;
      alter database ${name} set search_path = disguise, pg_catalog, public;`)
    const old = openDatabase({ url: empty.url })
    await expect(migrate(old, { folder })).rejects.toThrow('This database is PostgreSQL 14.19; Catraca needs PostgreSQL 15 or newer')
    await old.close()
  })

  test('its record is closed to the roles of the API', async () => {
    await migrate(empty.database, { folder })
    const [row] = await empty.database.query(
      `select relrowsecurity as secured, has_table_privilege('public', oid, 'select') as open
       from pg_class where oid = 'public.catraca_migrations'::regclass`,
    )
    expect(row).toEqual({ secured: true, open: false })
  })

  test('an unreachable database is a connection error, not a refusal', async () => {
    const gone = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' })
    await expect(migrate(gone, { folder })).rejects.toSatisfy(isConnectionError)
    await gone.close()
  })
})

describe('beside supabase db push', () => {
  beforeEach(async () => {
    await empty.database.query(`
      create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);`)
    await write('20260101000001_first.sql', 'create table one (id int);')
  })
  const pushed = (version: string, name: string | null) =>
    empty.database.query('insert into supabase_migrations.schema_migrations (version, name) values ($1, $2)', [version, name])

  test.each(['first', null])('a version that it lists (name %s) counts as applied and is recorded', async (name) => {
    await pushed('20260101000001', name)
    await write('20260101000002_second.sql', 'create table two (id int);')
    expect(await migrate(empty.database, { folder })).toEqual([{ version: '20260101000002', name: 'second' }])
    expect(await tables()).toEqual(['two'])
    expect(await empty.database.query('select version from catraca_migrations order by version')).toHaveLength(2)
  })

  test("the user's own migrations are none of ours, even with a version of ours", async () => {
    await pushed('20250101000001', 'their_app')
    await pushed('20260101000001', 'their_other_app')
    expect(await migrate(empty.database, { folder })).toEqual([{ version: '20260101000001', name: 'first' }])
    expect(await tables()).toEqual(['one'])
  })
})

describe.skipIf(!hasPostgres15)('on PostgreSQL 15', () => {
  let server: Postgres15
  beforeAll(async () => {
    server = await startPostgres15()
  })
  afterAll(() => server.stop())

  test("the project's own migrations apply from empty, each once", async () => {
    const database = openDatabase({ url: server.url })
    expect((await migrate(database)).length).toBeGreaterThan(0)
    expect(await migrate(database)).toEqual([])
    await database.close()
  })
})

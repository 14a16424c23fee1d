import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'

/** What anybody but the gateway may do: read the models that can be called, and nothing else. */
const granted = new Set(['authenticated ai_models_registry SELECT'])

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

describe.each(['public', 'vault'])('schema %s', (schema) => {
  test('row level security is on for every table', async () => {
    const open = await db.database.query<{ name: string }>(
      `select c.relname as name from pg_class c
       where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not c.relrowsecurity`,
      [schema],
    )
    expect(open.map((row) => row.name)).toEqual([])
  })

  test('anon, authenticated and PUBLIC have nothing on any table or view but what is listed', async () => {
    const grants = await db.database.query<{ found: string }>(
      `select r.role || ' ' || c.relname || ' ' || p.privilege as found
       from pg_class c
       cross join (values ('anon'), ('authenticated')) as r(role)
       cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) as p(privilege)
       where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
         and has_table_privilege(r.role, c.oid, p.privilege)`,
      [schema],
    )
    expect(grants.map((row) => row.found).filter((found) => !granted.has(found))).toEqual([])
  })

  test('no function that is ours can be run by anon or authenticated', async () => {
    const open = await db.database.query<{ name: string }>(
      `select distinct p.proname as name from pg_proc p
       cross join (values ('anon'), ('authenticated')) as r(role)
       where p.pronamespace = $1::regnamespace and has_function_privilege(r.role, p.oid, 'execute')
         and p.prorettype <> 'trigger'::regtype
         and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')`,
      [schema],
    )
    expect(open.map((row) => row.name)).toEqual([])
  })
})

test('a client’s own rows are not readable to anybody who is merely logged in', async () => {
  await db.database.query("insert into clients (name, slug) values ('A', 'a')")
  await expect(
    db.database.transaction(async (tx) => {
      await tx.query('set local role authenticated')
      return await tx.query('select * from clients')
    }),
  ).rejects.toThrow('permission denied')
})

test('the gateway’s role reads and writes, and cannot change the schema', async () => {
  const as = (sql: string) =>
    db.database.transaction(async (tx) => {
      await tx.query('set local role catraca_gateway')
      return await tx.query(sql)
    })
  await as("insert into clients (name, slug) values ('B', 'b')")
  expect(await as('select slug from clients order by slug')).toEqual([{ slug: 'a' }, { slug: 'b' }])
  await expect(as('create table public.mine (id int)')).rejects.toThrow('permission denied')
  await expect(as('drop table clients')).rejects.toThrow('must be owner')
})

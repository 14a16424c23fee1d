import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type Database, openDatabase } from '../database/index.ts'
import { silentLog } from '../shared/log.ts'
import { generateMasterKey, masterKeyFromText, openVault, parseMasterKey, rotateMasterKey } from './index.ts'

const masterKeyText = generateMasterKey()
let test: TestDatabase
let id: string
beforeAll(async () => {
  test = await createTestDatabase()
  const vault = await openVault({ database: test.database, masterKey: masterKeyFromText(masterKeyText), log: silentLog })
  id = await vault.put('shared_openai_api_key', 'sk-test-shared')
})
afterAll(() => test.drop())

async function as<T>(role: string, run: (database: Database) => Promise<T>): Promise<T> {
  const url = new URL(test.url)
  url.searchParams.set('options', `-c role=${role}`)
  const database = openDatabase({ url: url.href, maxConnections: 2 })
  try {
    return await run(database)
  } finally {
    await database.close()
  }
}

const refused = { code: '42501' }

const attempts: [what: string, sql: string][] = [
  ['read the secrets', 'select * from vault.secrets'],
  ['read their names', 'select name from vault.secrets'],
  ['read the decrypted ones', 'select * from vault.decrypted_secrets'],
  ['insert', `insert into vault.secrets (secret) values ('sk-attacker')`],
  ['update', `update vault.secrets set secret = 'sk-attacker'`],
  ['delete', 'delete from vault.secrets'],
  ['truncate', 'truncate vault.secrets'],
  ['create_secret', `select vault.create_secret('sk-attacker', 'shared_openai_api_key')`],
  ['update_secret', `select vault.update_secret('123e4567-e89b-12d3-a456-426614174000', 'sk-attacker')`],
  ['unseal', `select vault.unseal('{}')`],
  ['unsealed_value', `select vault.unsealed_value('123e4567-e89b-12d3-a456-426614174000', 'x')`],
  ['require_unsealed', 'select vault.require_unsealed()'],
  ['hush_log', 'select vault.hush_log()'],
  ['read the key state', 'select * from vault_key_state'],
  ['replace the public key', `update vault_key_state set public_key = ''`],
  ['drop the key state', 'delete from vault_key_state'],
]

describe.each(['anon', 'authenticated', 'service_role'])('the role %s', (role) => {
  it.each(attempts)('may not %s', async (_what, sql) => {
    await as(role, (database) => expect(database.query(sql)).rejects.toMatchObject(refused))
  })
})

it('grants nothing to PUBLIC, and to the API’s roles nothing at all', async () => {
  const granted = await test.database.query(`
    select kind, name, grantee from (
      select 'schema' as kind, nspname::text as name, (aclexplode(coalesce(nspacl, acldefault('n', nspowner)))).grantee
      from pg_namespace where nspname = 'vault'
      union all
      select 'relation', relname, (aclexplode(coalesce(relacl, acldefault('r', relowner)))).grantee
      from pg_class where relnamespace = 'vault'::regnamespace and relkind in ('r', 'v') or oid = 'public.vault_key_state'::regclass
      union all
      select 'function', proname, (aclexplode(coalesce(proacl, acldefault('f', proowner)))).grantee
      from pg_proc where pronamespace = 'vault'::regnamespace
    ) as grants
    where grantee = 0 or grantee in (select oid from pg_roles where rolname in ('anon', 'authenticated', 'service_role'))`)
  expect(granted).toEqual([])
})

it('has row level security on, so that a grant alone opens nothing', async () => {
  await test.database.query('grant usage on schema vault to anon; grant select on vault.secrets, vault.decrypted_secrets to anon')
  expect(await as('anon', (database) => database.query('select id from vault.secrets'))).toEqual([])
  await as('anon', (database) => expect(database.query('select * from vault.decrypted_secrets')).rejects.toMatchObject(refused))
  await test.database.query('revoke all on all tables in schema vault from anon; revoke usage on schema vault from anon')
})

describe('the gateway’s role', () => {
  const masterKey = masterKeyFromText(masterKeyText)

  it('does all that the gateway does', async () => {
    await as('catraca_gateway', async (database) => {
      const vault = await openVault({ database, masterKey, log: silentLog })
      expect(await vault.withSecret(id, (value) => value)).toBe('sk-test-shared')
      const put = await vault.put('by-role', 'sk-test-1')
      await vault.put('by-role', 'sk-test-2')
      expect(await vault.withSecret(put, (value) => value)).toBe('sk-test-2')
      const [created] = await database.query<{ id: string }>(`select vault.create_secret('sk-test-3', 'by-role-sql') as id`)
      await database.query('select vault.update_secret($1, $2)', [created?.id, 'sk-test-4'])
      expect(await vault.withSecret(created?.id ?? '', (value) => value)).toBe('sk-test-4')
      expect((await vault.list()).map(({ name }) => name)).toContain('by-role-sql')
      const shown = await database.transaction(async (tx) => {
        await vault.unsealInto(tx)
        return await tx.query(`select decrypted_secret from vault.decrypted_secrets where name = 'by-role'`)
      })
      expect(shown).toEqual([{ decrypted_secret: 'sk-test-2' }])
      const newText = generateMasterKey()
      expect(await rotateMasterKey(database, parseMasterKey(masterKeyText), parseMasterKey(newText))).toBe(3)
      expect(await rotateMasterKey(database, parseMasterKey(newText), parseMasterKey(masterKeyText))).toBe(3)
    })
  })

  it.each([
    ['delete a secret', 'delete from vault.secrets'],
    ['truncate', 'truncate vault.secrets'],
    ['take the trigger away', 'alter table vault.secrets disable trigger seal_secret'],
    ['replace a function', `create or replace function vault.require_unsealed() returns boolean language sql as 'select true'`],
  ])('may not %s', async (_what, sql) => {
    await as('catraca_gateway', (database) => expect(database.query(sql)).rejects.toMatchObject(refused))
  })
})

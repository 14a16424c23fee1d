import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmptyDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { supabaseVault } from '../../tests/_support/supabase-vault.ts'
import { type Database, migrate, openDatabase } from '../database/index.ts'
import { silentLog } from '../shared/log.ts'
import { generateMasterKey, masterKeyFromText, openVault, parseMasterKey, rotateMasterKey, type Vault } from './index.ts'

const objectsInVault = `
  select 'relation ' || relname as object from pg_class where relnamespace = 'vault'::regnamespace
  union all select 'function ' || oid::regprocedure from pg_proc where pronamespace = 'vault'::regnamespace
  union all select 'trigger ' || tgname from pg_trigger where tgrelid = 'vault.secrets'::regclass
  union all select 'policy ' || polname from pg_policy where polrelid = 'vault.secrets'::regclass
  union all select 'acl ' || coalesce(nspacl::text, '') from pg_namespace where nspname = 'vault'
  order by 1`

const masterKeyText = generateMasterKey()
const role = `supabase_postgres_${randomUUID().replaceAll('-', '')}`

let test: TestDatabase
let owner: Database
let database: Database
let vault: Vault
let objectsBefore: object[]
let objectsAfter: object[]
beforeAll(async () => {
  test = await createEmptyDatabase()
  owner = test.database
  await owner.query(supabaseVault)
  objectsBefore = await owner.query(objectsInVault)
  await migrate(owner)
  objectsAfter = await owner.query(objectsInVault)
  // What Supabase's role `postgres` may do there, and no more: it owns nothing in the vault and cannot update the table.
  await owner.query(`
    create role ${role} in role catraca_gateway;
    grant usage on schema vault, extensions to ${role};
    grant select, delete on vault.secrets, vault.decrypted_secrets to ${role};
    grant execute on all functions in schema vault to ${role};`)
  const url = new URL(test.url)
  url.searchParams.set('options', `-c role=${role}`)
  database = openDatabase({ url: url.href })
  vault = await openVault({ database, masterKey: masterKeyFromText(masterKeyText), log: silentLog })
})
afterAll(async () => {
  await database.close()
  await owner.query(`drop owned by ${role}; drop role ${role}`)
  await test.drop()
})

const read = (id: string) => vault.withSecret(id, (value) => value)

async function decrypted(id: string): Promise<string> {
  const [row] = await database.query<{ decrypted_secret: string }>('select decrypted_secret from vault.decrypted_secrets where id = $1', [
    id,
  ])
  return row?.decrypted_secret ?? ''
}

async function typedByPerson(value: string, name: string): Promise<string> {
  const [row] = await database.query<{ id: string }>('SELECT vault.create_secret($1, $2, $3) AS id', [value, name, 'typed'])
  return row?.id ?? ''
}

it('is recognised, and the migration leaves its schema alone', async () => {
  expect(vault.kind).toBe('supabase')
  expect(objectsAfter).toEqual(objectsBefore)
})

it('acts as a role that cannot write the table', async () => {
  await expect(database.query(`update vault.secrets set secret = ''`)).rejects.toThrow('permission denied')
  expect(await database.query('select current_user::text as role')).toEqual([{ role }])
})

describe('our own code', () => {
  it('stores only an envelope, even before Supabase encrypts it', async () => {
    await owner.query(`
      create table writes (secret text);
      create function note_write() returns trigger language plpgsql security definer as $$
      begin insert into public.writes values (new.secret); return null; end $$;
      create trigger note_write after insert or update on vault.secrets for each row execute function note_write();`)
    const id = await vault.put('stored', 'sk-test-stored', 'about')
    const writes = await owner.query<{ secret: string }>('select secret from writes')
    await owner.query('drop trigger note_write on vault.secrets; drop table writes')
    expect(writes.length).toBeGreaterThan(0)
    expect(JSON.stringify(writes)).not.toContain('sk-test-stored')
    expect(await decrypted(id)).toMatch(/^catraca-envelope-1:/)
    expect(await read(id)).toBe('sk-test-stored')
  })

  it('rotates a known name in place and keeps its description', async () => {
    const id = await vault.put('known', 'sk-test-old', 'about')
    expect(await vault.put('known', 'sk-test-new')).toBe(id)
    expect(await read(id)).toBe('sk-test-new')
    expect((await vault.list()).find((secret) => secret.id === id)).toMatchObject({ name: 'known', description: 'about', form: 'envelope' })
  })

  it('makes one secret of a new name that many store at once', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => vault.put('at-once', `sk-test-${index}`)))
    expect(new Set(ids).size).toBe(1)
    expect(await read(ids[0] ?? '')).toMatch(/^sk-test-\d$/)
  })

  it('tells the replicas', async () => {
    const payloads: string[] = []
    const stop = await database.listen('catraca_changed', (payload) => payloads.push(payload))
    const fingerprint = await vault.fingerprint()
    await vault.put('told', 'sk-test-told')
    await expect.poll(() => payloads).toContain('vault')
    expect(await vault.fingerprint()).not.toBe(fingerprint)
    await stop()
  })

  it('does not open an envelope that was moved to another secret', async () => {
    const from = await vault.put('from', 'sk-test-from')
    const to = await vault.put('to', 'sk-test-to')
    await database.query('select vault.update_secret($1, $2)', [to, await decrypted(from)])
    await expect(vault.read(to)).rejects.toMatchObject({ code: 'failed_to_decrypt_key', message: 'Failed to decrypt key: to' })
  })
})

describe('what a person typed', () => {
  it('is accepted, listed as plain, and sealed on request, these and no others', async () => {
    const mine = await typedByPerson('sk-test-typed', 'shared_openai_api_key')
    const foreign = await typedByPerson('of another program', 'foreign')
    expect(await read(mine)).toBe('sk-test-typed')
    expect(await decrypted(mine)).toBe('sk-test-typed')
    expect((await vault.list()).find((secret) => secret.id === mine)?.form).toBe('plain')

    expect(await vault.reseal([mine])).toBe(1)
    expect(await vault.reseal([mine])).toBe(0)
    expect(await decrypted(mine)).toMatch(/^catraca-envelope-1:/)
    expect(await read(mine)).toBe('sk-test-typed')
    expect(await decrypted(foreign)).toBe('of another program')
  })

  it('is seen by the fingerprint, because no trigger tells', async () => {
    const before = await vault.fingerprint()
    const id = await typedByPerson('sk-test-1', 'polled')
    const after = await vault.fingerprint()
    await database.query('select vault.update_secret($1, $2)', [id, 'sk-test-2'])
    expect(new Set([before, after, await vault.fingerprint()]).size).toBe(3)
  })

  it('is never read as an empty key', async () => {
    const id = await typedByPerson('', 'empty')
    await expect(vault.read(id)).rejects.toMatchObject({ code: 'failed_to_decrypt_key', message: 'Failed to decrypt key: empty' })
  })
})

it('answers the guide’s SQL by itself; unsealing has nothing to do', async () => {
  await typedByPerson('gsk_test_groq', 'shared_groq_api_key')
  const rows = await database.transaction(async (tx) => {
    await vault.unsealInto(tx)
    return await tx.query(`
      SELECT s.name, ds.decrypted_secret FROM vault.secrets s JOIN vault.decrypted_secrets ds ON s.id = ds.id
      WHERE s.name = 'shared_groq_api_key'`)
  })
  expect(rows).toEqual([{ name: 'shared_groq_api_key', decrypted_secret: 'gsk_test_groq' }])
})

it('rotates the master key of our envelopes, and leaves what is not ours', async () => {
  await database.query(`delete from vault.secrets`)
  const ids = [await vault.put('one', 'sk-test-one'), await vault.put('two', 'sk-test-two')]
  const foreign = await typedByPerson('of another program', 'foreign')
  const newText = generateMasterKey()
  expect(await rotateMasterKey(database, parseMasterKey(masterKeyText), parseMasterKey(newText))).toBe(2)
  vault = await openVault({ database, masterKey: masterKeyFromText(newText), log: silentLog })
  expect(await Promise.all(ids.map(read))).toEqual(['sk-test-one', 'sk-test-two'])
  expect(await decrypted(foreign)).toBe('of another program')
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type Database, openDatabase } from '../database/index.ts'
import { ConfigurationError } from '../shared/errors.ts'
import { silentLog } from '../shared/log.ts'
import { openSecret } from '../shared/secret.ts'
import { generateMasterKey, masterKeyFromText, openVault, type Vault } from './index.ts'

const masterKey = masterKeyFromText(generateMasterKey())

let test: TestDatabase
let database: Database
let vault: Vault
beforeAll(async () => {
  test = await createTestDatabase()
  database = test.database
  vault = await openVault({ database, masterKey, log: silentLog })
})
afterAll(() => test.drop())

async function createBySql(value: string, name: string | null, description = ''): Promise<string> {
  const [row] = await database.query<{ id: string }>('select vault.create_secret($1, $2, $3) as id', [value, name, description])
  if (row === undefined) throw new Error('no id')
  return row.id
}

async function stored(id: string): Promise<string> {
  const [row] = await database.query<{ secret: string }>('select secret from vault.secrets where id = $1', [id])
  if (row === undefined) throw new Error('no row')
  return row.secret
}

const valueUnder = (id: string) => vault.withSecret(id, (value) => value)

describe('plain SQL', () => {
  it('stores a key by the guide’s statement; the gateway opens it and seals it anew at once', async () => {
    const [row] = await database.query<{ id: string }>(
      `SELECT vault.create_secret('sk-proj-test-openai', 'shared_openai_api_key', 'Shared OpenAI API Key') AS id`,
    )
    const id = row?.id ?? ''
    expect(await stored(id)).toMatch(/^catraca-pgp-1:[0-9a-f-]{36}:/)
    expect(await valueUnder(id)).toBe('sk-proj-test-openai')
    expect(await stored(id)).toMatch(/^catraca-envelope-1:[0-9a-f-]{36}:/)
    expect(await valueUnder(id)).toBe('sk-proj-test-openai')
  })

  it('takes the arguments by Supabase’s names', async () => {
    const [row] = await database.query<{ id: string }>(
      `select vault.create_secret(new_secret => 'sk-test-named', new_key_id => gen_random_uuid()) as id`,
    )
    expect(await valueUnder(row?.id ?? '')).toBe('sk-test-named')
  })

  it('has Supabase’s signatures, columns and defaults', async () => {
    const functions = await database.query(
      `select proname, pg_get_function_arguments(oid) as arguments, pg_get_function_result(oid) as result
       from pg_proc where pronamespace = 'vault'::regnamespace and proname in ('create_secret', 'update_secret') order by proname`,
    )
    expect(functions).toEqual([
      {
        proname: 'create_secret',
        arguments: `new_secret text, new_name text DEFAULT NULL::text, new_description text DEFAULT ''::text, new_key_id uuid DEFAULT NULL::uuid`,
        result: 'uuid',
      },
      {
        proname: 'update_secret',
        arguments:
          'secret_id uuid, new_secret text DEFAULT NULL::text, new_name text DEFAULT NULL::text, ' +
          'new_description text DEFAULT NULL::text, new_key_id uuid DEFAULT NULL::uuid',
        result: 'void',
      },
    ])
    const columns = await database.query<{ table: string; columns: string }>(
      `select table_name as table, string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) as columns
       from information_schema.columns where table_schema = 'vault' group by table_name order by table_name`,
    )
    const tail = 'key_id uuid, nonce bytea, created_at timestamp with time zone, updated_at timestamp with time zone'
    expect(columns).toEqual([
      { table: 'decrypted_secrets', columns: `id uuid, name text, description text, secret text, decrypted_secret text, ${tail}` },
      { table: 'secrets', columns: `id uuid, name text, description text, secret text, ${tail}` },
    ])
  })

  it('seals what is inserted or updated without the functions', async () => {
    const [row] = await database.query<{ id: string; secret: string }>(
      `insert into vault.secrets (name, secret) values ('inserted', 'sk-test-inserted') returning id, secret`,
    )
    expect(row?.secret).toMatch(/^catraca-pgp-1:/)
    expect(await valueUnder(row?.id ?? '')).toBe('sk-test-inserted')
    const [updated] = await database.query<{ id: string; secret: string }>(
      `update vault.secrets set secret = 'sk-test-updated' where name = 'inserted' returning id, secret`,
    )
    expect(updated?.secret).toMatch(/^catraca-pgp-1:/)
    expect(await valueUnder(row?.id ?? '')).toBe('sk-test-updated')
  })

  it('stores a known name as a rotation: same id, new value, description kept unless given', async () => {
    const id = await createBySql('sk-test-old', 'rotated', 'first')
    expect(await valueUnder(id)).toBe('sk-test-old')
    expect(await createBySql('sk-test-new', 'rotated')).toBe(id)
    expect(await valueUnder(id)).toBe('sk-test-new')
    expect((await vault.list()).find((secret) => secret.id === id)).toMatchObject({ name: 'rotated', description: 'first' })
    expect(await createBySql('sk-test-newer', 'rotated', 'second')).toBe(id)
    const [listed] = (await vault.list()).filter((secret) => secret.name === 'rotated')
    expect(listed).toMatchObject({ id, description: 'second', form: 'pgp' })
    expect(listed?.updatedAt.getTime()).toBeGreaterThan(listed?.createdAt.getTime() ?? Number.NaN)
  })

  it('makes one secret of a new name that many store at once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, (_, index) => createBySql(`sk-test-${index}`, 'at-once')))
    expect(new Set(ids).size).toBe(1)
    expect(await valueUnder(ids[0] ?? '')).toMatch(/^sk-test-\d$/)
  })

  it('changes what update_secret names and keeps the rest', async () => {
    const id = await createBySql('sk-test-before', 'update-me', 'about')
    await database.query('select vault.update_secret($1, new_name => $2)', [id, 'updated'])
    expect(await valueUnder(id)).toBe('sk-test-before')
    await database.query('select vault.update_secret($1, $2)', [id, 'sk-test-after'])
    expect(await valueUnder(id)).toBe('sk-test-after')
    expect((await vault.list()).find((secret) => secret.id === id)).toMatchObject({ name: 'updated', description: 'about' })
    const nobody = '00000000-0000-4000-8000-000000000000'
    await expect(database.query('select vault.update_secret($1, $2)', [nobody, 'x'])).rejects.toThrow(
      `vault has no secret with id ${nobody}`,
    )
  })

  it('refuses an empty secret', async () => {
    await expect(createBySql('', 'empty')).rejects.toThrow('vault: a secret cannot be empty')
    await expect(database.query(`insert into vault.secrets (secret) values (null)`)).rejects.toThrow('vault: a secret cannot be empty')
  })
})

describe('reading by SQL', () => {
  const guide = `
    SELECT s.name, ds.decrypted_secret
    FROM vault.secrets s
    JOIN vault.decrypted_secrets ds ON s.id = ds.id
    WHERE s.name LIKE 'shared_%'
    ORDER BY s.name`
  const sealed = 'vault is sealed: no key is kept in the database, so read decrypted values in a session opened by "npx catraca sql"'

  it('is sealed, with or without rows to read, and names stay readable', async () => {
    await createBySql('sk-test-groq', 'shared_groq_api_key')
    await expect(database.query(guide)).rejects.toThrow(sealed)
    await expect(database.query(`select id from vault.decrypted_secrets where name = 'nobody'`)).rejects.toThrow(sealed)
    expect(await database.query(`SELECT id, name FROM vault.secrets WHERE name LIKE 'shared_%'`)).not.toEqual([])
  })

  it('shows the keys in a transaction that was unsealed, and no longer after it', async () => {
    const one = openDatabase({ url: test.url, maxConnections: 1 })
    await createBySql('sk-test-anthropic "ção"', 'shared_anthropic_api_key')
    await database.query(`delete from vault.secrets where name = 'shared_openai_api_key'`)
    const rows = await one.transaction(async (tx) => {
      await vault.unsealInto(tx)
      return await tx.query(guide)
    })
    expect(rows).toEqual([
      { name: 'shared_anthropic_api_key', decrypted_secret: 'sk-test-anthropic "ção"' },
      { name: 'shared_groq_api_key', decrypted_secret: 'sk-test-groq' },
    ])
    await expect(one.query(guide)).rejects.toThrow(sealed)
    await one.close()
  })

  it('says so when a secret came after the unsealing, and shows it after another', async () => {
    await database.transaction(async (tx) => {
      await vault.unsealInto(tx)
      await tx.query(`select vault.create_secret('sk-test-late', 'late')`)
      await tx.query('savepoint before')
      const late = `select decrypted_secret from vault.decrypted_secrets where name = 'late'`
      await expect(tx.query(late)).rejects.toThrow('was stored after this transaction was unsealed')
      await tx.query('rollback to savepoint before')
      await vault.unsealInto(tx)
      expect(await tx.query(late)).toEqual([{ decrypted_secret: 'sk-test-late' }])
    })
  })

  it('does not repeat what somebody passes to unseal by mistake', async () => {
    for (const argument of ['sk-test-my-key', '"sk-test-my-key"', '["sk-test-my-key"]', null]) {
      const error = await database.query('select vault.unseal($1)', [argument]).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ message: 'vault.unseal takes what "npx catraca sql" opened, never a key' })
      expect(JSON.stringify(error)).not.toContain('sk-test-my-key')
    }
  })
})

describe('the gateway', () => {
  it('stores an envelope under a name, and rotates it', async () => {
    const id = await vault.put('put', 'sk-test-put', 'about')
    expect(await stored(id)).toMatch(/^catraca-envelope-1:/)
    expect(await valueUnder(id)).toBe('sk-test-put')
    expect(await vault.put('put', 'sk-test-put-again')).toBe(id)
    expect(await valueUnder(id)).toBe('sk-test-put-again')
    expect((await vault.list()).find((secret) => secret.id === id)).toMatchObject({ description: 'about', form: 'envelope' })
    await expect(vault.put('put', '')).rejects.toThrow('A secret needs a name and a value')
  })

  it('lists without values', async () => {
    const id = await vault.put('listed', 'sk-test-listed')
    const listed = await vault.list()
    expect(listed.find((secret) => secret.id === id)).toEqual({
      id,
      name: 'listed',
      description: '',
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
      form: 'envelope',
    })
    expect(JSON.stringify(listed)).not.toContain('catraca-')
  })

  it('hands out a secret to keep, which prints as nothing', async () => {
    const secret = await vault.read(await vault.put('kept', 'sk-test-kept'))
    expect(`${secret} ${JSON.stringify({ secret })}`).not.toContain('sk-test-kept')
    expect(openSecret(secret, (value) => value)).toBe('sk-test-kept')
  })

  it('reseals what SQL stored and counts it', async () => {
    const ids = [await createBySql('sk-test-1', null), await createBySql('sk-test-2', null), await vault.put('sealed-already', 'sk-test-3')]
    expect(await vault.reseal(ids)).toBe(2)
    expect(await vault.reseal(ids)).toBe(0)
    expect(await Promise.all(ids.map(valueUnder))).toEqual(['sk-test-1', 'sk-test-2', 'sk-test-3'])
  })

  it('keeps updated_at when it only seals anew', async () => {
    const id = await createBySql('sk-test-time', 'time')
    const before = (await vault.list()).find((secret) => secret.id === id)
    await valueUnder(id)
    const after = (await vault.list()).find((secret) => secret.id === id)
    expect(after).toEqual({ ...before, form: 'envelope' })
  })

  it('fails in the guide’s words for what is not there, was moved or was changed, and never reads as empty', async () => {
    const failure = (which: string) => ({
      name: 'ConfigurationError',
      code: 'failed_to_decrypt_key',
      message: `Failed to decrypt key: ${which}`,
    })
    const first = await createBySql('sk-test-first', 'first')
    const second = await createBySql('sk-test-second', 'second')
    const nobody = '00000000-0000-4000-8000-000000000000'
    await expect(vault.read(nobody)).rejects.toMatchObject(failure(nobody))
    await expect(vault.read(nobody, 'openai_api_key')).rejects.toMatchObject(failure('openai_api_key'))
    await expect(vault.read('gateway_key_id')).rejects.toMatchObject(failure('gateway_key_id'))
    // Moved while sealed by the database, and again as an envelope.
    await database.query('update vault.secrets set secret = $2 where id = $1', [first, await stored(second)])
    await expect(vault.read(first)).rejects.toMatchObject(failure('first'))
    await expect(vault.withSecret(first, () => 'never called')).rejects.toBeInstanceOf(ConfigurationError)
    expect(await valueUnder(second)).toBe('sk-test-second')
    await database.query('update vault.secrets set secret = $2 where id = $1', [first, await stored(second)])
    await expect(vault.read(first)).rejects.toMatchObject(failure('first'))
    await database.query(`update vault.secrets set id = gen_random_uuid() where id = $1`, [second])
    const [moved] = await database.query<{ id: string }>(`select id from vault.secrets where name = 'second'`)
    await expect(vault.read(moved?.id ?? '')).rejects.toMatchObject(failure('second'))
    await database.transaction(async (tx) => {
      await vault.unsealInto(tx)
      await tx.query('savepoint before')
      const read = tx.query(`select decrypted_secret from vault.decrypted_secrets where name = 'first'`)
      await expect(read).rejects.toThrow('Failed to decrypt key: first')
      await tx.query('rollback to savepoint before')
    })
    await createBySql('sk-test-repaired', 'first')
    expect(await valueUnder(first)).toBe('sk-test-repaired')
  })

  it('sees a plain text that got around the trigger as tampering', async () => {
    const id = await createBySql('sk-test-x', 'around')
    await database.query(`alter table vault.secrets disable trigger seal_secret`)
    await database.query(`update vault.secrets set secret = 'sk-attacker' where id = $1`, [id])
    await database.query(`alter table vault.secrets enable trigger seal_secret`)
    await expect(vault.read(id)).rejects.toMatchObject({ code: 'failed_to_decrypt_key' })
    await database.query('delete from vault.secrets where id = $1', [id])
  })

  it('does not write an old value over a rotation that happens while it seals anew', async () => {
    const id = await createBySql('sk-test-old', 'race')
    const reads = Array.from({ length: 5 }, () => valueUnder(id))
    await createBySql('sk-test-new', 'race')
    await Promise.all(reads)
    expect(await valueUnder(id)).toBe('sk-test-new')
  })
})

describe('a change', () => {
  it('is told to every listener as "vault" and raises the number that others poll, whoever makes it', async () => {
    const payloads: string[] = []
    const stop = await database.listen('catraca_changed', (payload) => payloads.push(payload))
    const version = async () => (await database.query<{ version: bigint }>('select version from catraca_changes'))[0]?.version ?? 0n
    const changes: (() => Promise<unknown>)[] = [
      () => createBySql('sk-test', 'noticed'),
      () => vault.put('noticed', 'sk-test-2'),
      () => database.query(`update vault.secrets set secret = 'sk-test-3' where name = 'noticed'`),
      () => database.query(`delete from vault.secrets where name = 'noticed'`),
    ]
    for (const [index, change] of changes.entries()) {
      const [versionBefore, fingerprintBefore] = [await version(), await vault.fingerprint()]
      await change()
      await expect.poll(() => payloads.length).toBe(index + 1)
      expect(await version()).toBeGreaterThan(versionBefore)
      expect(await vault.fingerprint()).not.toBe(fingerprintBefore)
    }
    expect(new Set(payloads)).toEqual(new Set(['vault']))
    await stop()
  })

  it('leaves the fingerprint alone when there is none', async () => {
    expect(await vault.fingerprint()).toBe(await vault.fingerprint())
  })
})

it('has no function with a search path that a caller can set', async () => {
  const loose = await database.query(
    `select proname from pg_proc where pronamespace = 'vault'::regnamespace
     and not coalesce(array_to_string(proconfig, ','), '') like '%search_path=pg_catalog, pg_temp%'`,
  )
  expect(loose).toEqual([])
})

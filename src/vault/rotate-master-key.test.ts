import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { type Database, openDatabase } from '../database/index.ts'
import { silentLog } from '../shared/log.ts'
import {
  generateMasterKey,
  masterKeyFromText,
  masterKeyInFile,
  openVault,
  parseMasterKey,
  replaceLostMasterKey,
  rotateMasterKey,
  rotateMasterKeyFile,
  type Vault,
} from './index.ts'

const oldText = generateMasterKey()
const newText = generateMasterKey()
const [oldKey, newKey] = [parseMasterKey(oldText), parseMasterKey(newText)]

let test: TestDatabase
let database: Database
beforeEach(async () => {
  test = await createTestDatabase()
  database = test.database
})
afterEach(() => test.drop())

const openWith = (text: string) => openVault({ database, masterKey: masterKeyFromText(text), log: silentLog })
const read = (vault: Vault, id: string) => vault.withSecret(id, (value) => value)
const snapshot = () => database.query(`select id, secret, key_id from vault.secrets order by id`)
const keyState = () => database.query(`select key_id, check_value, public_key from vault_key_state`)

async function createBySql(value: string, name: string): Promise<string> {
  const [row] = await database.query<{ id: string }>('select vault.create_secret($1, $2) as id', [value, name])
  return row?.id ?? ''
}

describe('opening the vault', () => {
  it('refuses plain SQL until the public key is there, says what to do, and works from then on', async () => {
    await expect(createBySql('sk-test-early', 'early')).rejects.toThrow(
      'vault has no public key yet: run "npx catraca migrate" or "npm run up" once, then store the secret again',
    )
    expect(await snapshot()).toEqual([])
    const vault = await openWith(oldText)
    expect(await read(vault, await createBySql('sk-test-early', 'early'))).toBe('sk-test-early')
  })

  it('needs the master key and nothing else: another replica opens what SQL stored', async () => {
    await openWith(oldText)
    const id = await createBySql('sk-test-replica', 'replica')
    const other = openDatabase({ url: test.url })
    const replica = await openVault({ database: other, masterKey: masterKeyFromText(oldText) })
    expect(await read(replica, id)).toBe('sk-test-replica')
    await other.close()
  })

  it('refuses a wrong master key at start-up in words, and changes nothing', async () => {
    await openWith(oldText)
    const before = await keyState()
    await expect(openWith(newText)).rejects.toMatchObject({
      name: 'ConfigurationError',
      code: 'config_invalid',
      message: expect.stringContaining(
        `Wrong master key: the one in CATRACA_MASTER_KEY is ${newKey.id}, and this vault is sealed with ${oldKey.id}.`,
      ),
    })
    expect(await keyState()).toEqual(before)
  })

  it('goes on with another key when the old one is lost, names what must be stored again, and takes it', async () => {
    const id = await (await openWith(oldText)).put('lost', 'sk-test-lost')
    await expect(openWith(newText)).rejects.toThrow('npx catraca vault rotate --old-key-lost')
    await expect(replaceLostMasterKey(database, masterKeyFromText(oldText))).rejects.toThrow('nothing is lost')
    const { opened, failed } = await replaceLostMasterKey(database, masterKeyFromText(newText))
    expect({ opened, failed }).toMatchObject({ opened: 0, failed: [{ id, name: 'lost' }] })
    const vault = await openWith(newText)
    await expect(read(vault, id)).rejects.toThrow()
    expect(await vault.put('lost', 'sk-test-again')).toBe(id)
    expect(await read(vault, id)).toBe('sk-test-again')
    await expect(openWith(oldText)).rejects.toThrow('Wrong master key')
  })

  it('lets one key win when two gateways with different keys start first at once', async () => {
    const opened = await Promise.allSettled([openWith(oldText), openWith(newText), openWith(oldText), openWith(newText)])
    expect(opened.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(await keyState()).toHaveLength(1)
  })

  it('notices a public key or a check value that is not the master key’s', async () => {
    await openWith(oldText)
    await database.query(`update vault_key_state set public_key = '\\x00'`)
    await expect(openWith(oldText)).rejects.toThrow('The row in public.vault_key_state was changed by somebody')
    await database.query('delete from vault_key_state')
    await openWith(oldText)
    await database.query(`update vault_key_state set check_value = 'AAAA'`)
    await expect(openWith(oldText)).rejects.toThrow('The row in public.vault_key_state was changed by somebody')
  })

  it('says what is missing in a database without a vault', async () => {
    const empty = await createEmptyDatabase()
    await expect(openVault({ database: empty.database, masterKey: masterKeyFromText(oldText) })).rejects.toThrow(
      'This database has no vault: run "npx catraca migrate"',
    )
    await empty.drop()
  })
})

describe('rotation of the master key', () => {
  it('seals everything anew, counts it, and leaves values, names and times', async () => {
    const vault = await openWith(oldText)
    const ids = [await vault.put('put', 'sk-test-put'), await createBySql('sk-test-sql', 'sql'), await createBySql('sk-test-read', 'read')]
    await read(vault, ids[2] ?? '')
    const listed = await vault.list()

    expect(await rotateMasterKey(database, oldKey, newKey)).toBe(3)

    const rotated = await openWith(newText)
    expect(await Promise.all(ids.map((id) => read(rotated, id)))).toEqual(['sk-test-put', 'sk-test-sql', 'sk-test-read'])
    expect(await rotated.list()).toEqual(listed.map((secret) => ({ ...secret, form: 'envelope' })))
    expect(await read(rotated, await createBySql('sk-test-after', 'after'))).toBe('sk-test-after')
    await expect(openWith(oldText)).rejects.toThrow('Wrong master key')
    expect(new Set((await snapshot()).map((row) => 'key_id' in row && row.key_id))).toEqual(new Set([newKey.id]))
  })

  it('stops a process that still has the old key from reading and from writing with it', async () => {
    const stale = await openWith(oldText)
    const id = await stale.put('known', 'sk-test-known')
    await rotateMasterKey(database, oldKey, newKey)
    await expect(stale.read(id)).rejects.toMatchObject({ code: 'failed_to_decrypt_key', message: 'Failed to decrypt key: known' })
    await expect(stale.put('known', 'sk-test-stale')).rejects.toThrow(
      'The master key was rotated: start this process again with the new one',
    )
    await expect(database.query('update vault.secrets set secret = $1', [`catraca-envelope-1:${oldKey.id}:AAAA`])).rejects.toThrow(
      `vault: this value is sealed with master key ${oldKey.id}, and the current one is ${newKey.id}`,
    )
    expect(await read(await openWith(newText), id)).toBe('sk-test-known')
  })

  it('does nothing with a wrong old key, and nothing when one secret does not open', async () => {
    const vault = await openWith(oldText)
    const good = await vault.put('good', 'sk-test-good')
    const bad = await vault.put('bad', 'sk-test-bad')
    await expect(rotateMasterKey(database, newKey, oldKey)).rejects.toThrow(`Wrong master key: this vault is sealed with ${oldKey.id}`)
    await database.query('update vault.secrets set secret = (select secret from vault.secrets where id = $1) where id = $2', [good, bad])
    const before = [await snapshot(), await keyState()]
    await expect(rotateMasterKey(database, oldKey, newKey)).rejects.toMatchObject({
      code: 'failed_to_decrypt_key',
      message: 'Failed to decrypt key: bad',
    })
    expect([await snapshot(), await keyState()]).toEqual(before)
    expect(await read(vault, good)).toBe('sk-test-good')
  })

  it('loses no secret that SQL stores while it runs', async () => {
    await openWith(oldText)
    const keys = [oldKey, ...Array.from({ length: 6 }, () => parseMasterKey(generateMasterKey()))]
    let rotating = true
    const storing = Array.from({ length: 4 }, async (_, writer) => {
      const ids: string[] = []
      while (rotating) ids.push(await createBySql(`sk-test-${writer}`, `writer-${writer}-${ids.length}`))
      return ids
    })
    for (const [index, key] of keys.slice(1).entries()) await rotateMasterKey(database, keys[index] ?? oldKey, key)
    rotating = false
    const ids = (await Promise.all(storing)).flat()
    const lastText = generateMasterKey()
    expect(ids.length).toBeGreaterThan(4)
    expect(await rotateMasterKey(database, keys.at(-1) ?? oldKey, parseMasterKey(lastText))).toBe(ids.length)
    const vault = await openWith(lastText)
    for (const id of ids) expect(await read(vault, id)).toMatch(/^sk-test-\d$/)
  })
})

describe('rotation of a master key in a file', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'catraca-vault-'))
  })
  afterEach(() => rm(dataDir, { recursive: true, force: true }))
  const openFromFile = () => openVault({ database, masterKey: masterKeyInFile(dataDir), log: silentLog })
  const keyFile = () => readFile(join(dataDir, 'master-key'), 'utf8')

  it('replaces the file, and a running gateway goes on', async () => {
    const running = await openFromFile()
    const id = await running.put('known', 'sk-test-known')
    const before = await keyFile()
    expect(await rotateMasterKeyFile(database, dataDir)).toBe(1)
    expect(await keyFile()).not.toBe(before)
    expect(await readdir(dataDir)).toEqual(['master-key'])
    expect(await read(running, id)).toBe('sk-test-known')
    expect(await running.put('known', 'sk-test-next')).toBe(id)
    expect(await read(await openFromFile(), id)).toBe('sk-test-next')
  })

  it('survives being cut off before and after the database commits', async () => {
    const id = await (await openFromFile()).put('known', 'sk-test-known')
    // Before: the next key is on disk and the database never heard of it.
    await writeFile(join(dataDir, 'master-key.next'), `${newText}\n`)
    expect(await read(await openFromFile(), id)).toBe('sk-test-known')
    // After: the database has the next key and the file was not renamed.
    const before = await keyFile()
    await rotateMasterKeyFile(database, dataDir)
    await rename(join(dataDir, 'master-key'), join(dataDir, 'master-key.next'))
    await writeFile(join(dataDir, 'master-key'), before)
    expect(await read(await openFromFile(), id)).toBe('sk-test-known')
    expect(await rotateMasterKeyFile(database, dataDir)).toBe(1)
    expect(await readdir(dataDir)).toEqual(['master-key'])
    expect(await read(await openFromFile(), id)).toBe('sk-test-known')
  })
})

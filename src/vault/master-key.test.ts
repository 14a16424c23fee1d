import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../shared/errors.ts'
import { generateMasterKey, parseMasterKey } from './master-key.ts'
import { masterKeyFromText, masterKeyInFile } from './master-key-source.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'catraca-vault-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

describe('a master key as text', () => {
  it('has an id that is the same every time and another for another key', () => {
    const text = generateMasterKey()
    expect(parseMasterKey(text).id).toBe(parseMasterKey(` ${text}\n`).id)
    expect(parseMasterKey(text).id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(parseMasterKey(text).id).not.toBe(parseMasterKey(generateMasterKey()).id)
  })

  it.each(['', 'short', 'a'.repeat(44), Buffer.alloc(31, 1).toString('base64'), Buffer.alloc(33, 1).toString('base64')])(
    'refuses what is not 32 bytes, without repeating it: %j',
    (text) => {
      const refused = () => masterKeyFromText(text)
      expect(refused).toThrow(ConfigurationError)
      expect(refused).toThrow('CATRACA_MASTER_KEY must be 32 bytes in base64, as "openssl rand -base64 32" prints them')
    },
  )
})

describe('a master key in a file', () => {
  it('is made on first use for its owner alone, and found again', async () => {
    const folder = join(dataDir, 'not-there-yet')
    const [made] = await masterKeyInFile(folder).load()
    const [found] = await masterKeyInFile(folder).load()
    expect(found?.id).toBe(made?.id)
    expect((await stat(join(folder, 'master-key'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, 'master-key'), 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)
  })

  it('is one key when several processes start at once', async () => {
    const loaded = await Promise.all(Array.from({ length: 20 }, () => masterKeyInFile(dataDir).load()))
    expect(new Set(loaded.map(([key]) => key?.id)).size).toBe(1)
  })

  it('is closed to others again', async () => {
    await masterKeyInFile(dataDir).load()
    await chmod(join(dataDir, 'master-key'), 0o644)
    await masterKeyInFile(dataDir).load()
    expect((await stat(join(dataDir, 'master-key'))).mode & 0o777).toBe(0o600)
  })

  it('is refused by the name of its file when it is damaged, and not replaced', async () => {
    const file = join(dataDir, 'master-key')
    await writeFile(file, 'half a k')
    await expect(masterKeyInFile(dataDir).load()).rejects.toThrow(`${file} must be 32 bytes in base64`)
    expect(await readFile(file, 'utf8')).toBe('half a k')
  })
})

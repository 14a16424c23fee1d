import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { silentLog } from '../shared/log.ts'
import { openSecret, type Secret } from '../shared/secret.ts'
import { generateMasterKey, masterKeyFromText, openVault, parseMasterKey, rotateMasterKey } from '../vault/index.ts'
import { getAccountsSecret } from './accounts-secret.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

it('is one for all gateways that start at once, and stays when the master key is rotated', async () => {
  const [oldText, newText] = [generateMasterKey(), generateMasterKey()]
  const owner = test.database
  const vaultWith = (text: string) => openVault({ database: owner, masterKey: masterKeyFromText(text), log: silentLog })
  const text = (secret: Secret) => openSecret(secret, (value) => value)
  const vault = await vaultWith(oldText)
  const [one, other] = await Promise.all([getAccountsSecret({ owner, vault }), getAccountsSecret({ owner, vault })])
  expect(text(one)).toMatch(/^[\w+/]{43}=$/)
  expect(text(other)).toBe(text(one))
  await rotateMasterKey(owner, parseMasterKey(oldText), parseMasterKey(newText))
  expect(text(await getAccountsSecret({ owner, vault: await vaultWith(newText) }))).toBe(text(one))
})

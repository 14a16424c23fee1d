import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase } from '../_support/database.ts'
import { type DatabaseLink, openDatabaseLink } from '../_support/database-link.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

const token = 'test-admin-token-of-32-characters'
let link: DatabaseLink
let gateway: TestGateway

beforeAll(async () => {
  const database = await createTestDatabase()
  link = await openDatabaseLink(database.url)
  gateway = await startTestGateway({ database: { ...database, url: link.url }, env: { CATRACA_ADMIN_TOKEN: token } })
})
afterAll(async () => {
  link.mend()
  await gateway.close()
  await link.close()
})

it('says that the database is away, and when to come again, and not that something is wrong with us', async () => {
  const ask = () => fetch(`${gateway.url}/api/admin/clients`, { headers: { authorization: `Bearer ${token}` } })
  expect((await ask()).status).toBe(200)
  link.cut()
  const answer = await ask()
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
    503,
    '1',
    { error: { code: 'ledger_unavailable', message: 'The database cannot be reached. Try again shortly.' } },
  ])
  link.mend()
  await expect.poll(async () => (await ask()).status).toBe(200)
})

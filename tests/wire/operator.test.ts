import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config/index.ts'
import { startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { generateMasterKey } from '../../src/vault/index.ts'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { within1s } from '../_support/within-1s.ts'
import { failureOf, sdk, user } from './_support/caller.ts'
import { expectBooksClosed } from './_support/settled.ts'

const ask = { model: 'openai/gpt-4o-mini', messages: user('Oi') }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ keys: [] })
})
afterAll(async () => {
  await expectBooksClosed(gateway)
  await gateway.close()
})

test('a gateway without keys says what is missing; keys that come by the guide’s SQL serve within a second', async () => {
  const failure = await failureOf(sdk(gateway).chat.completions.create(ask))
  expect({ status: failure.status, code: failure.code }).toEqual({ status: 503, code: 'gateway_without_keys' })
  expect(failure.message).toContain('Gateway enabled but no config found')
  expect(failure.headers?.get('x-should-retry')).toBe('false')
  const ready = await fetch(`${gateway.url}/readyz`)
  expect([ready.status, await ready.json()]).toMatchObject([503, { code: 'gateway_without_keys' }])

  await gateway.database.query(
    `update shared_gateway_config set openai_api_key_secret_id = vault.create_secret($1, 'shared_openai_api_key', 'Shared OpenAI API Key')`,
    [emulatorKeys.openai],
  )
  await within1s(async () => expect(await outcome()).toBe('served'))
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
})

test('a key that is replaced under its name is the one that is used', async () => {
  await gateway.database.query("update shared_gateway_config set default_fallback_chain = '[]'")
  await gateway.server.context.store.vault.put('shared_openai_api_key', 'sk-test-wrong')
  await within1s(async () => expect(await outcome()).toBe('upstream_auth'))
  await gateway.server.context.store.vault.put('shared_openai_api_key', emulatorKeys.openai)
  await within1s(async () => expect(await outcome()).toBe('served'))
})

test('a limit that is lowered, and a budget that is paused, hold a second later at the latest', async () => {
  const sql = (statement: string) => gateway.database.query(statement, [gateway.client.id])
  await sql(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 100000, 'daily', true)`,
  )
  expect(await outcome()).toBe('served')
  for (const [change, expected] of [
    ['budget_limit = 1', 'budget_exceeded'],
    ['pause_at_limit = false', 'served'],
    ['is_paused = true', 'client_paused'],
    ['is_paused = false, budget_limit = 100000, pause_at_limit = true', 'served'],
  ]) {
    await sql(`update client_budgets set ${change} where client_id = $1`)
    expect(await outcome()).toBe(expected)
  }
})

test('a wrong master key refuses the start in words, and harms nothing', async () => {
  const wrong = { ...gateway.env, CATRACA_MASTER_KEY: generateMasterKey() }
  await expect(startServer(readConfig(wrong), { log: silentLog })).rejects.toMatchObject({
    name: 'ConfigurationError',
    message: expect.stringMatching(/master key/i),
  })
  expect(() => readConfig({ ...gateway.env, CATRACA_MASTER_KEY: 'curta', PORT: 'abc', OPENAI_BASE_URL: 'ftp://x' })).toThrow(
    /PORT.*CATRACA_MASTER_KEY.*OPENAI_BASE_URL/,
  )
  expect(await outcome()).toBe('served')
})

test('a port in use is an error in words', async () => {
  const taken = { ...gateway.env, PORT: new URL(gateway.url).port }
  await expect(startServer(readConfig(taken), { log: silentLog })).rejects.toThrow(/Port \d+ is in use/)
})

/** What becomes of a call now. */
async function outcome(): Promise<string> {
  try {
    await sdk(gateway).chat.completions.create(ask)
    return 'served'
  } catch (error) {
    return String((error as { code?: string }).code)
  }
}

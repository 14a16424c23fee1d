import { afterAll, beforeAll, expect, it } from 'vitest'
import { type AdminClient, adminClient, adminToken } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

let gateway: TestGateway
let ask: AdminClient['ask']

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  ask = adminClient(gateway.url).ask
})
afterAll(() => gateway.close())

interface Setup {
  checks: { number: number | null; status: string }[]
  keys: { slot: string; is_stored: boolean }[]
  gateway_url: string
}
const failing = async () => (await ask<Setup>('GET', '/setup')).body.checks.filter(({ status }) => status === 'fail')

it('shows the 17 boxes, takes keys without ever showing them, and makes the test call that turns the last ones green', async () => {
  const before = await ask<Setup>('GET', '/setup')
  expect(before.body.checks.flatMap(({ number }) => number ?? [])).toEqual(Array.from({ length: 17 }, (_, index) => index + 1))
  expect(before.body.gateway_url).toBe(gateway.url)

  const key = `sk-test-${'a'.repeat(20)}`
  const stored = await ask('PUT', '/setup/keys/openai', { key: ` ${key} ` })
  expect(stored).toMatchObject({ status: 200, body: { slot: 'openai', secret_id: expect.stringMatching(/^[0-9a-f-]{36}$/) } })
  const after = await ask<Setup>('GET', '/setup')
  expect(after.text).not.toContain(key)
  expect(after.body.keys.find(({ slot }) => slot === 'openai')).toMatchObject({ is_stored: true, prefix: 'sk-', problem: null })
  const audit = await ask('GET', '/audit?limit=100')
  expect(audit.text).not.toContain(key)

  const wrong = await ask<{ error: { message: string } }>('PUT', '/setup/keys/groq', { key: 'sk-test-of-somebody-else' })
  expect(wrong).toMatchObject({
    status: 400,
    body: { error: { message: 'that is a key of OpenAI (sk-…), not of Groq (gsk_…). Nothing was stored' } },
  })
})

it('makes the guide’s test call for a client', async () => {
  const test = await ask('POST', '/setup/test-call', { client: 'agencia' })
  expect(test.status, test.text).toBe(200)
  expect(test.body).toMatchObject({ text: expect.any(String), was_cached: false, usage: { totalTokens: expect.any(Number) } })
  await expect
    .poll(async () => (await ask<{ latest_test: object | null }>('GET', '/setup')).body.latest_test, { timeout: 15_000 })
    .toMatchObject({ status: 'ok', provider: expect.any(String), was_cached: false, cost_brl: expect.stringMatching(/^0\.0/) })
  expect((await failing()).map(({ number }) => number)).not.toContain(15)
})

it('judges for the client that is asked for', async () => {
  await ask('POST', '/clients', { slug: 'novo', name: 'Novo' })
  const numbers = (await ask<Setup>('GET', '/setup?guide_only=true')).body.checks.map(({ number }) => number)
  expect(numbers).toEqual(Array.from({ length: 17 }, (_, index) => index + 1))
  const chosen = await ask<{ test_client: object; checks: { number: number; status: string }[] }>('GET', '/setup?client=novo')
  expect(chosen.body.test_client).toMatchObject({ slug: 'novo', use_ai_gateway: false })
  expect(chosen.body.checks.find(({ number }) => number === 13)?.status).toBe('fail')
  expect((await ask('GET', '/setup?client=nobody')).status).toBe(404)
})

it('goes straight to the providers where there is no gateway key', async () => {
  expect(await ask('PUT', '/setup/route', { route: 'direct' })).toMatchObject({ status: 200, body: { route: 'direct' } })
  expect((await failing()).map(({ number }) => number)).not.toContain(2)
  expect((await ask('PUT', '/setup/route', { route: 'around' })).status).toBe(400)
})

it('says which budget refused the test call, with its figures in their own unit', async () => {
  await ask('PUT', '/clients/agencia/budgets/brl/daily', { limit: '0.00000001', hard: true })
  const refused = await ask<{ error: object }>('POST', '/setup/test-call', { client: 'agencia' })
  expect(refused).toMatchObject({
    status: 402,
    body: {
      error: {
        code: 'budget_exceeded',
        message: expect.stringContaining('O orçamento diário em reais não cobre esta chamada'),
        budget: {
          type: 'brl',
          period: 'daily',
          limit: '0.00000001',
          remaining: expect.stringMatching(/^0/),
          resets_at: expect.any(String),
        },
      },
    },
  })
})

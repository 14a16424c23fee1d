import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AdminClient, adminClient, adminToken } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

let gateway: TestGateway
let ask: AdminClient['ask']

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken } })
  ask = adminClient(gateway.url).ask
})
afterAll(() => gateway.close())

const spend = () =>
  new OpenAI({ apiKey: gateway.client.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 }).chat.completions
    .create({ model: 'openai/gpt-4o-mini', max_tokens: 20, messages: [{ role: 'user', content: 'oi' }] })
    .then(
      () => 200,
      (error: { status: number }) => error.status,
    )
const budgets = '/clients/agencia/budgets'

describe('budgets by HTTP', () => {
  it('are created, changed, raised, paused and removed, each effective for the next call', async () => {
    const made = await ask('PUT', `${budgets}/brl/monthly`, { limit: '0.00000001', hard: true, alerts: [90] })
    expect(made).toMatchObject({ status: 200, body: { type: 'brl', period: 'monthly', limit: '0.00000001', hard: true, alerts: [90] } })
    expect(await spend()).toBe(402)

    const raised = await ask('PUT', `${budgets}/brl/monthly/raise`, { limit: 20, until: { seconds: 3_600 } })
    expect(raised.body).toMatchObject({ limit: '20', usual_limit: '0.00000001', raised_until: expect.any(String) })
    expect(await spend()).toBe(200)
    expect((await ask('DELETE', `${budgets}/brl/monthly/raise`)).body).toMatchObject({ limit: '0.00000001', raised_until: null })
    expect(await spend()).toBe(402)

    expect((await ask('PUT', `${budgets}/brl/monthly`, { hard: false })).body).toMatchObject({ hard: false, alerts: [90] })
    expect(await spend()).toBe(200)
    expect((await ask('POST', `${budgets}/brl/monthly/pause`)).body).toMatchObject({ paused: true })
    expect(await spend()).toBe(402)
    expect((await ask('POST', `${budgets}/brl/monthly/resume`)).body).toMatchObject({ paused: false })

    const changed = await ask('PATCH', `${budgets}/brl/monthly`, { type: 'tokens', period: 'daily', limit: 1, hard: true })
    expect(changed.body).toMatchObject({ type: 'tokens', period: 'daily', limit: 1, hard: true })
    expect(changed.body.used).toBeGreaterThan(0)
    expect(await spend()).toBe(402)

    expect((await ask('GET', budgets)).body).toHaveLength(1)
    expect(await ask('DELETE', `${budgets}/tokens/daily`)).toMatchObject({ status: 200, body: { removed: true } })
    expect(await spend()).toBe(200)
    const alerts = await ask<{ items: { kind: string }[] }>('GET', '/alerts?client=agencia')
    expect(alerts.body.items.map(({ kind }) => kind)).toContain('budget_exceeded')
  })

  it('of a plan count for its clients', async () => {
    const made = await ask('PUT', '/plans/free/budgets/tokens/daily', { limit: 1, hard: true })
    expect(made.body).toMatchObject([{ plan: 'free', type: 'tokens', period: 'daily', limit: 1, hard: true }])
    expect(await spend()).toBe(402)
    expect((await ask('GET', '/plans')).body).toMatchObject([
      { plan: 'free', clients: 1, budgets: [{ type: 'tokens', limit: 1, clients: 1 }] },
    ])
    expect((await ask('PATCH', '/plans/free/budgets/tokens/daily', { limit: 1_000_000 })).body).toMatchObject([{ limit: 1_000_000 }])
    expect(await spend()).toBe(200)
    expect((await ask('DELETE', '/plans/free/budgets/tokens/daily')).body).toEqual([])
  })

  it.each([
    ['PUT', `${budgets}/brl/yearly`, { limit: 1 }, 400, 'invalid_body', 'period'],
    ['PUT', `${budgets}/brl/daily`, { limit: 1, hart: true }, 400, 'invalid_body', 'hart'],
    ['PUT', `${budgets}/brl/daily`, { limit: -1 }, 400, 'invalid_body', 'must be above 0'],
    ['PUT', `${budgets}/brl/daily/raise`, { limit: 1, until: { at: 'tomorrow' } }, 400, 'invalid_body', 'until'],
    ['PUT', '/clients/nobody/budgets/brl/daily', { limit: 1 }, 404, 'not_found', 'nobody'],
    ['DELETE', `${budgets}/usd/daily`, undefined, 404, 'not_found', 'daily usd'],
  ])('refuses %s %s with %j in words', async (method, path, body, status, code, word) => {
    const refused = await ask<{ error: { message: string } }>(method, path, body)
    expect(refused).toMatchObject({ status, body: { error: { code } } })
    expect(refused.body.error.message).toContain(word)
  })
})

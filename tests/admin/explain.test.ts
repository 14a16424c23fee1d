import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminClient } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

const token = 'test-admin-token-of-32-characters'
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: token } })
})
afterAll(() => gateway.close())

const ask = (path: string, presented: string | undefined = token) =>
  fetch(`${gateway.url}/api/admin${path}`, presented === '' ? {} : { headers: { authorization: `Bearer ${presented}` } })

describe('the admin API', () => {
  it('explains a call as the command line does: cost, rate, attempts and the budgets it moved', async () => {
    await gateway.database.query(
      "insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'brl', 50, 'monthly', true)",
      [gateway.client.id],
    )
    const sdk = new OpenAI({ apiKey: gateway.client.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    const { response } = await sdk.chat.completions
      .create({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] })
      .withResponse()
    const callId = response.headers.get('x-catraca-call-id')
    await expect
      .poll(async () => ((await (await ask(`/calls/${callId}/explanation`)).json()) as { state?: string }).state, { timeout: 15_000 })
      .toBe('settled')
    const answer = await ask(`/calls/${callId}/explanation`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const explanation = (await answer.json()) as {
      cost: { agrees: boolean; brl: string; parts: unknown[] }
      charges: { type: string; amount: string; period_used: string }[]
      rate: { brl_for_one_usd: string; source: string }
    }
    expect(explanation.cost.agrees).toBe(true)
    expect(explanation.cost.parts.length).toBeGreaterThan(1)
    expect(explanation.charges).toMatchObject([{ type: 'brl', period_used: explanation.charges[0]?.amount }])
    expect(Number(explanation.rate.brl_for_one_usd)).toBeGreaterThan(0)
    // Answers as its schema says, which this client checks.
    await adminClient(gateway.url).get(`/calls/${callId}/explanation`)
  })

  it('says what is wrong: no token, a wrong one, no such call, a field that is none', async () => {
    const refusal = async (answer: Response) => ({ status: answer.status, body: (await answer.json()) as object })
    const call = crypto.randomUUID()
    expect(await refusal(await ask(`/calls/${call}/explanation`, ''))).toMatchObject({
      status: 401,
      body: { error: { code: 'key_missing' } },
    })
    expect(await refusal(await ask(`/calls/${call}/explanation`, gateway.client.key))).toMatchObject({
      status: 401,
      body: { error: { code: 'key_unknown' } },
    })
    expect(await refusal(await ask(`/calls/${call}/explanation`))).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } })
    expect(await refusal(await ask(`/calls/${call}/explanation?all=1`))).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_body' } },
    })
  })

  it('is closed without a token of its own', async () => {
    const closed = await startTestGateway()
    const answer = await fetch(`${closed.url}/api/admin/calls/x/explanation`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error: { code: 'admin_closed', message: expect.stringContaining('CATRACA_ADMIN_TOKEN') } })
    await closed.close()
  })
})

import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { expectBooksClosed, expectExact, type UsageRow } from '../wire/_support/settled.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ env: { USD_BRL_RATE: '5.4321' } })
})
afterAll(() => gateway.close())

interface Answer {
  status: number | undefined
  body: unknown
}

/** `fetch` sets some of these headers itself. */
function test72(query = '', headers: Record<string, string> = {}, at = gateway): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${at.url}/api/test/gateway${query}`, { headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece) => {
        text += piece
      })
      response.once('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }))
    })
    sent.once('error', reject)
    sent.end()
  })
}

test('200: the guide’s JSON, for the guide’s client, and one row', async () => {
  expect(await test72()).toEqual({
    status: 200,
    body: {
      success: true,
      result: {
        text: 'Olá Mundo',
        model: 'gpt-4o-mini',
        provider: 'openai',
        wasCached: false,
        latencyMs: expect.any(Number),
        usage: { promptTokens: 26, completionTokens: 2, totalTokens: 28 },
      },
    },
  })
  await expectBooksClosed(gateway)
  const rows = await gateway.database.query<UsageRow>("select * from gateway_usage_logs where source = 'test'")
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ client_id: gateway.client.id, total_tokens: 28n, rate_source: 'env' })
  await expectExact(gateway, { ...(rows[0] as UsageRow), rate_source: 'ptax' })
})

test('a client is chosen by its id or slug; 400 for one that is not enabled or not there', async () => {
  const disabled = await gateway.addClient({ slug: 'desligado', enabled: false })
  for (const wanted of ['agencia', gateway.client.id]) expect((await test72(`?client=${wanted}`)).status).toBe(200)
  for (const wanted of ['desligado', disabled.id, 'ninguem', '%00', "'--", 'a&client=b']) {
    expect(await test72(`?client=${wanted}`)).toEqual({ status: 400, body: { error: 'Gateway not enabled for this client' } })
  }
})

test('500: what went wrong, in words and without a stack', async () => {
  const undo = gateway.emulator.inject({ status: 500 })
  const { status, body } = await test72()
  undo()
  expect(status).toBe(500)
  expect(body).toEqual({ error: expect.stringContaining('answered 500'), code: 'upstream_overloaded' })
  const spent = await gateway.addClient({ slug: 'sem-saldo' })
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 1, 'daily', true)`,
    [spent.id],
  )
  expect(await test72('?client=sem-saldo')).toEqual({
    status: 500,
    body: { error: expect.stringMatching(/^O orçamento diário em tokens não cobre esta chamada/), code: 'budget_exceeded' },
  })
})

test.each([
  ['a caller behind a proxy', { 'x-forwarded-for': '203.0.113.7' }],
  ['a caller behind another kind of proxy', { forwarded: 'for=203.0.113.7' }],
  ['a proxy that says only who it is', { via: '1.1 proxy' }],
  ['somebody else’s page in the browser of this machine', { 'sec-fetch-site': 'cross-site' }],
  ['a name that somebody made point to this machine', { host: 'evil.example:3000' }],
])('%s is a stranger and spends nothing (S11)', async (_who, headers) => {
  const before = gateway.emulator.counts().received
  expect((await test72('', headers)).status).toBe(403)
  expect(gateway.emulator.counts().received).toBe(before)
})

test('in production it is closed to everybody', async () => {
  const production = await startTestGateway({ env: { NODE_ENV: 'production' } })
  expect((await test72('', {}, production)).status).toBe(403)
  expect(production.emulator.counts().received).toBe(0)
  reportFigure('S11', undefined, '5 kinds of stranger, and anybody in production: 403, 0 calls of a provider')
  await production.close()
})

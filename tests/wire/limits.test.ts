import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config/index.ts'
import { startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { within1s } from '../_support/within-1s.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_LIMITS_WAIT_MS: '10000' } })
})
afterAll(() => gateway.close())

const sdk = (client: TestClient, url = gateway.url, maxRetries = 0) => new OpenAI({ apiKey: client.key, baseURL: `${url}/v1`, maxRetries })
const ask = { model: 'openai/gpt-4o-mini', max_tokens: 100, messages: [{ role: 'user' as const, content: 'oi' }] }
const limitKey = (client: TestClient, requests: number | null, tokens: number | null) =>
  gateway.database.query('update client_api_keys set requests_per_minute = $2, tokens_per_minute = $3 where client_id = $1', [
    client.id,
    requests,
    tokens,
  ])
const failureOf = async (work: Promise<unknown>) =>
  (await work.then(
    () => undefined,
    (error) => error,
  )) as InstanceType<typeof OpenAI.APIError> | undefined

describe('limits a minute', () => {
  it('tells them as OpenAI does, on answers and refusals, and refuses the call that is too many', async () => {
    const client = await gateway.addClient()
    await limitKey(client, 3, 10_000)
    for (const left of ['2', '1', '0']) {
      const { response } = await sdk(client).chat.completions.create(ask).withResponse()
      expect(response.headers.get('x-ratelimit-limit-requests')).toBe('3')
      expect(response.headers.get('x-ratelimit-remaining-requests')).toBe(left)
      expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^(1m0s|5\ds)$/)
      expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('10000')
      expect(Number(response.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThanOrEqual(9_900)
    }
    const failure = await failureOf(sdk(client).chat.completions.create(ask))
    expect(failure).toBeInstanceOf(OpenAI.RateLimitError)
    expect(failure?.code).toBe('rate_limited')
    expect(failure?.message).toContain('O limite desta chave é de 3 requisições por minuto')
    expect(Number(failure?.headers?.get('retry-after'))).toBeGreaterThan(50)
    expect(failure?.headers?.get('x-ratelimit-limit-requests')).toBe('3')
    expect(failure?.headers?.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(failure?.headers?.get('x-ratelimit-reset-requests')).toMatch(/^(1m0s|\d+s)$/)
    expect(failure?.error).toMatchObject({ details: { limit: { scope: 'key', unit: 'requests', per_minute: 3, remaining: 0 } } })
    const rows = await gateway.database.query('select 1 from gateway_usage_logs where client_id = $1', [client.id])
    expect(rows.length).toBeLessThanOrEqual(3)
  })

  it('counts tokens as they were used in the end, not as they might have been', async () => {
    const client = await gateway.addClient()
    await limitKey(client, null, 1_000)
    // Each may take 600; each takes about 30: so there is room for more than one.
    for (let call = 0; call < 5; call += 1) await sdk(client).chat.completions.create({ ...ask, max_tokens: 600 })
    const failure = await failureOf(sdk(client).chat.completions.create({ ...ask, max_tokens: 1_001 }))
    expect(failure?.message).toContain('esta chamada sozinha passa dele')
    expect(failure?.headers?.get('retry-after')).toBeNull()
  })

  it('holds for all keys of a client together, and follows a change by SQL within a second', async () => {
    const client = await gateway.addClient()
    await gateway.database.query('update clients set max_requests_per_minute = 2 where id = $1', [client.id])
    await expect.poll(async () => (await failureOf(sdk(client).chat.completions.create(ask)))?.status, { timeout: 15_000 }).toBe(429)
    await gateway.database.query('update clients set max_requests_per_minute = null where id = $1', [client.id])
    await within1s(async () => expect((await failureOf(sdk(client).chat.completions.create(ask)))?.status).toBeUndefined())
  })

  it('is one limit over two gateways, and a refusal by the budget costs none of it', async () => {
    const second = await startServer(readConfig({ ...gateway.env, CATRACA_DATA_DIR: `${gateway.env.CATRACA_DATA_DIR}-2` }), {
      log: silentLog,
    })
    try {
      const client = await gateway.addClient()
      await limitKey(client, 10, null)
      await gateway.database.query(
        "insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 1, 'daily', true)",
        [client.id],
      )
      for (let call = 0; call < 12; call += 1) {
        expect((await failureOf(sdk(client).chat.completions.create(ask)))?.status).toBe(402)
      }
      await gateway.database.query('delete from client_budgets where client_id = $1', [client.id])
      const urls = Array.from({ length: 30 }, (_, call) => (call % 2 === 0 ? gateway.url : second.url))
      const statuses = await Promise.all(
        urls.map(async (url) => (await failureOf(sdk(client, url).chat.completions.create(ask)))?.status ?? 200),
      )
      expect(statuses.filter((status) => status === 200)).toHaveLength(10)
      expect(statuses.filter((status) => status === 429)).toHaveLength(20)
    } finally {
      await second.close()
    }
  })
})

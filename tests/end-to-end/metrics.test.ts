import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { callGateway } from '../_support/call-gateway.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'

const token = 'metrics-token-of-a-test'
const adminToken = 'admin-token-of-a-test-with-32-characters'
const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    env: {
      METRICS_TOKEN: token,
      CATRACA_ADMIN_TOKEN: adminToken,
      CATRACA_FAILURES_TO_PASS_OVER: '1',
      CATRACA_METRICS_CLIENTS: '1',
    },
  })
})
afterAll(() => gateway.close())

function ask(client: TestClient, content: string, more: object = {}) {
  const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content }], ...more }
  return callGateway({ url: gateway.url, key: client.key, body })
}

async function scrape(headers: Record<string, string> = {}): Promise<string> {
  return await (await fetch(`${gateway.url}/metrics`, { headers })).text()
}

/** Of all series of a metric with these labels. */
function sumOf(text: string, name: string, ...labels: string[]): number {
  const lines = text.split('\n').filter((line) => line.startsWith(name) && /[{ ]/.test(line.charAt(name.length)))
  return lines
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** Calls that end in every way that has a metric of its own. */
async function makeCalls(): Promise<void> {
  const { database, client, emulator } = gateway
  await ask(client, 'oi')
  await ask(client, 'oi', { stream: true })
  const poor = await gateway.addClient({ slug: 'pobre' })
  await database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 1, 'daily', true)`,
    [poor.id],
  )
  expect((await ask(poor, 'oi')).status).toBe(402)
  const limited = await gateway.addClient({ slug: 'limitado' })
  await database.query('update clients set max_requests_per_minute = 1 where id = $1', [limited.id])
  await vi.waitUntil(async () => (await ask(limited, 'oi')).status === 429, { timeout: 20_000 })
  const caching = await gateway.addClient({ slug: 'guardado' })
  await database.query('update clients set cache_enabled = true where id = $1', [caching.id])
  await vi.waitUntil(
    async () => (await ask(caching, 'sempre igual')) && sumOf(await scrape(), 'catraca_cache_lookups_total', 'result="hit"') > 0,
    {
      timeout: 20_000,
    },
  )
  emulator.inject({ status: 503, match: { provider: 'openai', times: 1 } })
  expect((await ask(client, 'cai', { models: ['groq/llama-3.3-70b-versatile'] })).status).toBe(200)
  await callGateway({ url: gateway.url, key: 'ctk_made_up', body: {} })
}

describe('GET /metrics', () => {
  let text: string
  beforeAll(async () => {
    await makeCalls()
    // What the queue and the alerts say comes from the database, which is asked every few seconds.
    text = await vi.waitUntil(
      async () => {
        const now = await scrape()
        return now.includes('catraca_jobs{') && now.includes('catraca_alerts_last_hour{') ? now : undefined
      },
      { timeout: 50_000, interval: 250 },
    )
  })

  test('counts each call once, by how it ended', () => {
    expect(sumOf(text, 'catraca_calls_total', 'code="budget_exceeded"')).toBe(1)
    expect(sumOf(text, 'catraca_budget_refusals_total', 'type="tokens"', 'period="daily"')).toBe(1)
    expect(sumOf(text, 'catraca_limit_refusals_total', 'scope="client"', 'unit="requests"')).toBe(
      sumOf(text, 'catraca_calls_total', 'code="rate_limited"'),
    )
    expect(sumOf(text, 'catraca_fallbacks_total', 'code="upstream_overloaded"')).toBe(1)
    expect(sumOf(text, 'catraca_attempts_total', 'gpt-4o-mini', 'error="upstream_overloaded"')).toBe(1)
    expect(sumOf(text, 'catraca_http_refusals_total', 'code="key_unknown"')).toBe(1)
    expect(sumOf(text, 'catraca_target_failing', 'openai/gpt-4o-mini via direct')).toBe(1)
  })

  test('agrees with the rows about calls, tokens and cost', async () => {
    const counted = async () => {
      const now = await scrape()
      return {
        calls: sumOf(now, 'catraca_calls_total', 'status="ok"'),
        tokens: sumOf(now, 'gen_ai_client_token_usage_sum'),
        usd: sumOf(now, 'catraca_cost_usd_total').toFixed(9),
      }
    }
    await vi.waitFor(
      async () => {
        const [row] = await gateway.database.query<{ calls: number; tokens: number; usd: string }>(
          `select count(*)::int as calls, sum(total_tokens)::int as tokens, round(sum(cost_usd), 9)::text as usd from gateway_usage_logs where status = 'ok'`,
        )
        expect(row).toEqual(await counted())
      },
      { timeout: 20_000 },
    )
  })

  test('tells apart as many clients as asked for, and the others together', () => {
    expect(sumOf(text, 'catraca_client_calls_total', 'client="agencia"')).toBe(3)
    expect(sumOf(text, 'catraca_client_calls_total', 'client="other"')).toBeGreaterThan(3)
    expect(text).not.toContain('pobre')
  })

  test('has every metric that the Grafana dashboard and the alert rules ask for', () => {
    expect(JSON.parse(file('deploy/grafana/catraca.json')).panels.length).toBeGreaterThan(30)
    const expressions = [
      ...file('deploy/grafana/catraca.json').matchAll(/"expr": "((?:[^"\\]|\\.)*)"/g),
      ...file('deploy/prometheus/alerts.yml').matchAll(/expr: (.*)/g),
    ]
    const asked = new Set(
      expressions.flatMap(([, expression = '']) => expression.match(/\b(?:catraca|gen_ai|process|nodejs|v8js)_\w+(?=[{[) ]|$)/g) ?? []),
    )
    const isThere = (name: string) => text.split('\n').some((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    // Labels look like metrics: `sum by (gen_ai_token_type)`.
    const labels = new Set([...text.matchAll(/[{,](\w+)=/g)].map(([, label = '']) => label))
    const metrics = [...asked].filter((name) => !labels.has(name))
    expect(metrics.length).toBeGreaterThan(35)
    expect(metrics.filter((name) => !isThere(name))).toEqual([])
  })

  test('is well-formed: one head a metric, and no series twice', () => {
    const heads = text.split('\n').filter((line) => line.startsWith('# TYPE'))
    expect(new Set(heads).size).toBe(heads.length)
    const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(new Set(series.map((line) => line.slice(0, line.lastIndexOf(' ')))).size).toBe(series.length)
    expect(series.filter((line) => !/^[a-z_][a-z0-9_]*(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})? -?[\d.e+-]+$/i.test(line))).toEqual([])
  })

  test('is open to this machine, to the tokens, and to nobody who comes through a proxy', async () => {
    const status = async (headers: Record<string, string>) => (await fetch(`${gateway.url}/metrics`, { headers })).status
    const proxied = { 'x-forwarded-for': '203.0.113.7' }
    expect(await status({})).toBe(200)
    expect(await status(proxied)).toBe(403)
    expect(await status({ ...proxied, authorization: `Bearer ${token}` })).toBe(200)
    expect(await status({ ...proxied, authorization: `Bearer ${adminToken}` })).toBe(200)
    expect(await status({ ...proxied, authorization: `Bearer ${gateway.client.key}` })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403)
  })
})

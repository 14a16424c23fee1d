import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AdminApi } from '../../src/http/admin/index.ts'
import { UpstreamUnavailableError } from '../../src/shared/errors.ts'
import { type AdminClient, adminClient, adminToken } from '../_support/admin-client.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addUsageRows } from '../_support/usage-rows.ts'

type Overview = AdminApi['GET /overview']['output']

let gateway: TestGateway
let admin: AdminClient

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_ADMIN_TOKEN: adminToken, CATRACA_FAILURES_TO_PASS_OVER: '1' } })
  admin = adminClient(gateway.url)
})
afterAll(() => gateway.close())

it('is all zeros and asks for nothing on an empty database', async () => {
  const { today, month, days, nearest_limits, attention } = await admin.get<Overview>('/overview')
  expect(today.now).toMatchObject({ calls: 0, cost_brl: '0', error_rate: null, latency: null })
  expect(month.before).toMatchObject({ calls: 0, total_tokens: 0 })
  expect({ days, nearest_limits, attention }).toEqual({ days: [], nearest_limits: [], attention: [] })
})

it('shows a real call: what it cost, and the budget that it moved', async () => {
  const { key, id } = await gateway.addClient({ slug: 'real' })
  await gateway.database.query(
    "insert into client_budgets (client_id, budget_type, budget_limit, budget_period) values ($1, 'tokens', 100000, 'monthly'), ($1, 'brl', 50, 'daily')",
    [id],
  )
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }),
  })
  const { usage } = (await answer.json()) as { usage: { total_tokens: number } }
  await expect.poll(async () => (await admin.get<Overview>('/overview')).today.now.calls).toBe(1)
  const overview = await admin.get<Overview>('/overview')
  const [row] = await gateway.database.query<{ cost_brl: string }>('select trim_scale(cost_brl) as cost_brl from gateway_usage_logs')
  for (const span of [overview.today.now, overview.month.now]) {
    expect(span).toMatchObject({
      calls: 1,
      total_tokens: usage.total_tokens,
      cost_brl: row?.cost_brl,
      error_rate: 0,
      latency: { answers: 1 },
    })
  }
  expect(overview.days).toMatchObject([{ calls: 1, cost_brl: row?.cost_brl }])
  expect(overview.nearest_limits).toMatchObject([
    {
      client: 'real',
      budget: { type: 'tokens', period: 'monthly', limit: 100_000, used: usage.total_tokens, resets_at: expect.any(String) },
    },
  ])
})

it('compares with as much of yesterday and of last month, by the time zone asked for', async () => {
  const [clock] = await gateway.database.query<Record<string, string>>(
    `select to_json(((date_trunc('day', n) - interval '1 day') at time zone z)) as yesterday,
       to_json(((date_trunc('day', n)) at time zone z) - interval '1 millisecond') as last_night,
       to_json((date_trunc('month', n) - interval '1 month') at time zone z) as last_month,
       to_json((date_trunc('month', n) - interval '1 month') at time zone z - interval '1 millisecond') as before
     from (select now() at time zone 'Asia/Tokyo' as n, 'Asia/Tokyo' as z) t`,
  )
  const client_id = gateway.client.id
  const at = (created_at = '', cost_brl = '') => ({ client_id, created_at, cost_brl })
  await addUsageRows(gateway.database, [
    at(clock?.yesterday, '1'),
    at(clock?.last_night, '2'),
    at(clock?.last_month, '4'),
    at(clock?.before, '8'),
  ])
  const { today, month } = await admin.get<Overview>('/overview?time_zone=Asia/Tokyo')
  const [isFirst, isSecond] = [1, 2].map((day) => new Date(month.from).getTime() + day * 86_400_000 > new Date(today.from).getTime() + 1)
  // On the first days of a month yesterday is in the month before as well.
  if (!isFirst && !isSecond) {
    expect(today.before.cost_brl).toBe('1')
    expect(month.before.cost_brl).toBe('4')
  }
  expect(today.before.calls).toBeGreaterThanOrEqual(1)
})

it('names what needs attention, each with its facts', async () => {
  const { database, server } = gateway
  const client_id = (await gateway.addClient({ slug: 'parado' })).id
  await database.query(
    "insert into client_budgets (client_id, budget_type, budget_limit, budget_period, is_paused) values ($1, 'tokens', 100, 'daily', true)",
    [client_id],
  )
  await database.query("update clients set name = 'Padaria Parada' where slug = 'parado'")
  await database.query("insert into usage_dead_letters (record, error) values ('{}', 'no such client')")
  const created_at = new Date(Date.now() - 1_000).toISOString()
  await addUsageRows(database, [
    { client_id, created_at, model_name: 'mystery', cost_usd: null, cost_brl: null },
    { client_id, created_at, status: 'orphaned' },
  ])
  await database.query(
    "update budgets set budget_limit = (select greatest(1, sum(total_tokens)) from gateway_usage_logs l join clients c on c.id = l.client_id where c.slug = 'real') where budget_type = 'tokens' and client_id = (select id from clients where slug = 'real')",
  )
  const target = { identifier: 'openai/gpt-4o', creator: 'openai', modelName: 'gpt-4o', via: 'direct' } as const
  const { targetHealth } = server.context
  targetHealth.report(
    targetHealth.choose([target]),
    { error: new UpstreamUnavailableError('upstream_timeout', 'slow'), finished: false },
    false,
  )

  const { attention } = await admin.get<Overview>('/overview')
  expect(attention).toContainEqual({ kind: 'unpriced_model', provider: 'openai', model: 'openai/mystery', calls: 1 })
  expect(attention).toContainEqual({ kind: 'orphaned_calls', calls: 1 })
  expect(attention).toContainEqual({ kind: 'dead_letters', records: 1 })
  expect(attention).toContainEqual({ kind: 'failing_target', target: 'openai/gpt-4o via direct', error_code: 'upstream_timeout' })
  expect(attention).toContainEqual({
    kind: 'paused_client',
    client: 'parado',
    client_name: 'Padaria Parada',
    budgets: [{ type: 'tokens', period: 'daily' }],
  })
  expect(attention).toContainEqual({
    kind: 'budget_near_limit',
    client_name: 'real',
    budget: expect.objectContaining({ client: 'real', type: 'tokens', usage_percentage: 100 }),
  })
  expect(attention).toHaveLength(6)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config/index.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { callGateway } from '../_support/call-gateway.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { user } from './_support/caller.ts'
import { expectBooksClosed } from './_support/settled.ts'

let gateway: TestGateway
let replica: RunningServer

beforeAll(async () => {
  gateway = await startTestGateway()
  replica = await startServer(readConfig({ ...gateway.env, PORT: '0' }), { log: silentLog })
})
afterAll(async () => {
  await replica.close()
  await expectBooksClosed(gateway)
  await gateway.close()
})

/** What becomes of a call on each of the two replicas now. */
async function outcomes(): Promise<(string | number | undefined)[]> {
  const views = await Promise.all(
    [gateway.url, replica.url].map((url) =>
      callGateway({ url, key: gateway.client.key, body: { model: 'openai/gpt-4o-mini', messages: user('Oi'), max_tokens: 20 } }),
    ),
  )
  return views.map((view) => view.errorCode ?? view.status)
}

test('R18: a budget of another type, period, limit, mode or with a raise, by plain SQL under calls, holds for the next call on every replica', async () => {
  const { id } = gateway.client
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 100000, 'daily', true)`,
    [id],
  )
  let calls = 0
  let isDone = false
  const traffic = Array.from({ length: 3 }, async () => {
    while (!isDone) {
      for (const outcome of await outcomes()) expect([200, 'budget_exceeded', 'budget_busy', 'client_paused']).toContain(outcome)
      calls += 2
    }
  })
  const tooLittle = '0.0000001'
  for (const [change, expected] of [
    [`budget_type = 'brl', budget_limit = ${tooLittle}`, 'budget_exceeded'],
    ['budget_limit = 10', 200],
    [`budget_period = 'monthly'`, 200],
    [`budget_type = 'usd', budget_limit = ${tooLittle}`, 'budget_exceeded'],
    [`raised_limit = 5, raised_until = now() + interval '1 hour'`, 200],
    [`raised_until = clock_timestamp()`, 'budget_exceeded'],
    [`pause_at_limit = false`, 200],
    [`is_paused = true, budget_period = 'weekly'`, 'client_paused'],
    [`is_paused = false, pause_at_limit = true, budget_type = 'tokens', budget_limit = 1`, 'budget_exceeded'],
    [`budget_limit = 1000000`, 200],
  ] as const) {
    await gateway.database.query(`update client_budgets set ${change} where client_id = $1`, [id])
    expect(await outcomes(), change).toEqual([expected, expected])
  }
  isDone = true
  await Promise.all(traffic)
  expect(calls).toBeGreaterThan(4)
  // All that it ever used, in the unit that it ended with.
  await expect
    .poll(async () => {
      const [row] = await gateway.database.query<{ is_all: boolean }>(
        `select current_usage = (select sum(total_tokens) from gateway_usage_logs where client_id = $1) as is_all from client_budgets where client_id = $1`,
        [id],
      )
      return row?.is_all
    })
    .toBe(true)
})

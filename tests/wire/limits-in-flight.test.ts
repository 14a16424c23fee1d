import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type CallerView, callGateway } from '../_support/call-gateway.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { addBudget } from '../_support/ledger.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { startStopwatch } from '../_support/stopwatch.ts'
import { within1s } from '../_support/within-1s.ts'
import { expectBooksClosed, untilRateIsKnown } from './_support/settled.ts'

// R18: limits change by plain SQL while calls are under way. What is under way ends as it began; the next call finds the new limit.
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
  await untilRateIsKnown(gateway)
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

function call(client: TestClient, markers = ''): Promise<CallerView> {
  const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: `Oi ${markers}` }], max_tokens: 100, stream: true }
  return callGateway({ url: gateway.url, key: client.key, body })
}

const ways: [name: string, hard: boolean, sql: string, before: number, after: number][] = [
  ['lowered', true, 'update client_budgets set budget_limit = 20 where id = $1', 200, 402],
  ['raised', true, 'update client_budgets set budget_limit = 900000 where id = $1', 402, 200],
  ['deleted', true, 'delete from client_budgets where id = $1', 402, 200],
  ['hard to soft', true, 'update client_budgets set pause_at_limit = false where id = $1', 402, 200],
  ['soft to hard', false, 'update client_budgets set pause_at_limit = true where id = $1', 200, 402],
]

test.each(ways)('R18: %s under calls in flight', async (name, hard, sql, before, after) => {
  const client = await gateway.addClient()
  const isSpent = before === 402 || !hard
  const budget = await addBudget(gateway.database, client.id, { limit: 100_000, hard })
  const setLimit = (limit: number) => gateway.database.query('update client_budgets set budget_limit = $2 where id = $1', [budget, limit])
  const { accepted } = gateway.emulator.counts()
  const streams = Array.from({ length: 8 }, () => call(client, '[[emulate chunks=60 gap=40]]'))
  await expect.poll(() => gateway.emulator.counts().accepted - accepted, { interval: 5 }).toBe(streams.length)
  expect((await call(client)).status).toBe(200)
  // Soft, or hard and above its limit already by what the first call took.
  if (isSpent) await setLimit(1)
  expect([before, before === 402 ? 429 : 200]).toContain((await call(client)).status)

  await gateway.database.query(sql, [budget])
  const elapsedMs = startStopwatch()
  await within1s(async () => expect((await call(client)).status).toBe(after))
  const tookMs = elapsedMs()
  const answers = await Promise.all(streams)
  expect(answers.map(({ status, complete }) => `${status} ${complete}`)).toEqual(streams.map(() => '200 true'))
  const wrong = await gateway.database.query('select * from budget_periods where used < 0 or reserved < 0')
  expect(wrong).toEqual([])
  reportFigure(
    'R18',
    undefined,
    `${name}: effective within ${Math.round(tookMs)} ms, ${streams.length} calls in flight ended as they began`,
  )
})

import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectBooksInOrder } from '../_support/audit.ts'
import { type CallerView, callGateway, newAgent } from '../_support/call-gateway.ts'
import { type Fleet, type GatewayProcess, openFleet } from '../_support/gateway-fleet.ts'

// A client's calls under way never pass its cap, over two processes, however they end; the emulator's own count says so.
const cap = 5
const env = {
  CATRACA_RETRIES: '0',
  CATRACA_FAILURES_TO_PASS_OVER: '0',
  CATRACA_BUDGET_WAIT_MS: '200',
  CATRACA_TOTAL_TIMEOUT_MS: '4000',
  CATRACA_DRAIN_TIMEOUT_MS: '300',
  CATRACA_HOLD_MARGIN_MS: '200',
  CATRACA_EXPIRE_EVERY_MS: '200',
}

let fleet: Fleet
let gateways: [GatewayProcess, GatewayProcess]
let client: { id: string; key: string }
const agent = newAgent()

beforeAll(async () => {
  fleet = await openFleet({ env })
  const start = async () => fleet.start(await fleet.newDataDir())
  gateways = await Promise.all([start(), start()])
})
afterAll(async () => {
  agent.destroy()
  await expectBooksInOrder(fleet.database)
  await fleet.close()
})
beforeEach(async () => {
  await expect.poll(() => fleet.emulator.counts().open).toBe(0)
  fleet.emulator.reset()
  client = await newClient(cap)
})

async function newClient(most: number): Promise<{ id: string; key: string }> {
  const added = await fleet.addClient()
  await fleet.database.query('update clients set max_concurrent_calls = $2 where id = $1', [added.id, most])
  return added
}

function call(n: number, markers: string, options: { stream?: boolean; leave?: AbortSignal } = {}): Promise<CallerView> {
  const { stream = true, leave } = options
  const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: `[[emulate ${markers}]]` }], max_tokens: 100, stream }
  return callGateway({ url: (gateways[n % 2] as GatewayProcess).url, key: client.key, body, agent, leave })
}

/** As a patient caller does, of whichever process. */
async function callUntilTaken(n: number, markers: string, refused: (view: CallerView) => void): Promise<CallerView> {
  for (let attempt = 0; ; attempt += 1) {
    const view = await call(n + attempt, markers)
    if (view.status !== 429) return view
    refused(view)
    await delay(10)
  }
}

const places = async () => (await fleet.database.query('select 1 from call_places where expires_at > clock_timestamp()')).length

test('40 slow streams at once through two processes: all are served, and never more than 5 at a time', async () => {
  const refused: CallerView[] = []
  const streams = Array.from({ length: 40 }, (_, n) => callUntilTaken(n, 'chunks=6 gap=15', (view) => refused.push(view)))
  const views = await Promise.all(streams)
  const { peakOpen, finished, accepted } = fleet.emulator.counts()
  console.log(`concurrency cap: 40 streams, ${refused.length} refusals, at most ${peakOpen} at once at the provider`)
  expect(views.filter(({ status, complete }) => status === 200 && complete)).toHaveLength(40)
  expect({ peakOpen, finished, accepted }).toEqual({ peakOpen: cap, finished: 40, accepted: 40 })
  expect(new Set(refused.map(({ errorCode }) => errorCode))).toEqual(new Set(['concurrency_limited']))
  expect(await places()).toBe(0)
})

test('a caller that has its last byte has its place again: one after the other is never refused', async () => {
  client = await newClient(1)
  for (let n = 0; n < 20; n += 1) {
    const view = await call(n, 'chunks=2', { stream: n % 4 < 2 })
    expect({ n, status: view.status, errorCode: view.errorCode }).toEqual({ n, status: 200, errorCode: undefined })
  }
  expect(fleet.emulator.counts()).toMatchObject({ finished: 20, peakOpen: 1 })
})

test('however a call ends, its place comes back', async () => {
  client = await newClient(2)
  const ends = ['status=500', 'status=400', 'reset', 'cut=2', 'error=2', 'garbage', 'hang-after=2']
  for (const [n, markers] of ends.entries()) {
    // The answer comes before its caller sees the failure, so both places are there again at once.
    await Promise.all([call(n, markers), call(n + 1, markers)])
    expect(await places(), markers).toBe(0)
    await expect.poll(() => fleet.emulator.counts().open).toBe(0)
  }
  const leaving = new AbortController()
  const leavers = [0, 1].map((n) => call(n, 'chunks=30 gap=30', { leave: leaving.signal }))
  await expect.poll(() => fleet.emulator.counts().open, { interval: 5 }).toBe(2)
  leaving.abort()
  expect((await Promise.all(leavers)).map(({ complete }) => complete)).toEqual([false, false])
  await expect.poll(places, { timeout: 15_000, interval: 10 }).toBe(0)
  await expect.poll(() => fleet.emulator.counts().open).toBe(0)
  expect(fleet.emulator.counts().peakOpen).toBe(2)
})

test('kill -9: the places of the dead stay until their calls would have ended, and no longer', async () => {
  const [first, second] = gateways
  const streams = Array.from({ length: cap }, () => call(0, 'chunks=90 gap=100'))
  await expect.poll(() => fleet.emulator.counts().open, { interval: 5 }).toBe(cap)
  expect(await call(1, 'chunks=1')).toMatchObject({ status: 429, errorCode: 'concurrency_limited' })
  await first.kill()
  const killedMs = performance.now()
  await Promise.all(streams)
  expect(await call(1, 'chunks=1')).toMatchObject({ status: 429, errorCode: 'concurrency_limited' })
  await expect.poll(async () => (await call(1, 'chunks=1')).status, { timeout: 10_000, interval: 50 }).toBe(200)
  console.log(`concurrency cap: places came back ${Math.round(performance.now() - killedMs)} ms after kill -9`)
  gateways = [second, second]
  const views = await Promise.all(Array.from({ length: 12 }, (_, n) => callUntilTaken(n, 'chunks=4 gap=10', () => {})))
  expect(new Set(views.map(({ status }) => status))).toEqual(new Set([200]))
  expect(fleet.emulator.counts().peakOpen).toBe(cap)
})

import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { callGateway, newAgent } from '../_support/call-gateway.ts'
import { type Fleet, type GatewayProcess, openFleet, startGatewayProcess } from '../_support/gateway-fleet.ts'
import { count, findUnbalanced, seededRandom } from '../_support/ledger.ts'
import { judge, type SentCall } from '../_support/oracle.ts'
import { isLong, reportFigure, testSeed as seed } from '../_support/report-figure.ts'
import { watchHardBudgets } from '../_support/watch-budgets.ts'

// R2: kill -9 of a random process at a random moment under load. Short form in `npm test`, 50 kills by `npm run test:long`.
const kills = Number(process.env.CATRACA_TEST_KILLS ?? (isLong ? 50 : 6))
const processes = isLong ? 4 : 3
const concurrency = isLong ? 200 : 120

/** Holds expire within seconds, so that the test sees the end of them. */
const env = {
  CATRACA_TOTAL_TIMEOUT_MS: '5000',
  CATRACA_IDLE_TIMEOUT_MS: '3000',
  CATRACA_DRAIN_TIMEOUT_MS: '1500',
  CATRACA_HOLD_MARGIN_MS: '1000',
  CATRACA_EXPIRE_EVERY_MS: '500',
}
const models = [
  'openai/gpt-4o-mini',
  'openai/gpt-4o-mini',
  'groq/llama-3.3-70b-versatile',
  'google/gemini-2.5-flash',
  'anthropic/claude-sonnet-4-5',
]

type Client = Awaited<ReturnType<Fleet['addClient']>> & { calls: number }

interface Slot {
  dataDir: string
  process: GatewayProcess
  isReady: boolean
}

const random = seededRandom(seed)
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T

let fleet: Fleet
let clients: Client[]
const slots: Slot[] = []
const sent: SentCall[] = []
const refusals = new Map<string, number>()

beforeAll(async () => {
  fleet = await openFleet({ env })
  const with_ = async (...budgets: Parameters<Fleet['addClient']>) => ({ ...(await fleet.addClient(...budgets)), calls: 0 })
  clients = await Promise.all([
    with_(),
    with_(),
    with_({ limit: 10_000_000 }),
    // Two that come to their end during the run, one of them with a budget of each kind.
    with_({ limit: 8_000 }),
    with_({ limit: 500_000 }, { type: 'usd', limit: '0.005', period: 'weekly' }, { type: 'brl', limit: 50, period: 'monthly' }),
    with_({ limit: 10_000, hard: false }),
    with_({ type: 'brl', limit: 5, hard: false }, { limit: 400_000 }),
  ])
  // The first two share a data directory, as two gateways on one machine do.
  const shared = await fleet.newDataDir()
  for (let i = 0; i < processes; i += 1) {
    const dataDir = i < 2 ? shared : await fleet.newDataDir()
    slots.push({ dataDir, process: await fleet.start(dataDir), isReady: true })
  }
})
afterAll(async () => {
  for (const slot of slots) await slot.process.kill()
  await expectBooksInOrder(fleet.database)
  await fleet.close()
})

test('kill -9 under load loses, doubles and undercharges nothing', { timeout: kills * 4_000 + 180_000 }, async () => {
  const watch = watchHardBudgets(fleet.database)
  const load = { isOn: true }
  const callers = Array.from({ length: concurrency }, () => keepCalling(load))
  for (let i = 0; i < kills; i += 1) {
    await delay(200 + random() * 1_000)
    const slot = await pickVictim()
    await slot.process.kill()
    restart(slot)
  }
  await delay(500)
  load.isOn = false
  await Promise.all(callers)
  await expect.poll(() => slots.every((slot) => slot.isReady), { timeout: 60_000 }).toBe(true)
  await expect.poll(() => count(fleet.database, 'call_admissions'), { timeout: 20_000, interval: 250 }).toBe(0)
  await expect.poll(() => spooled(), { timeout: 15_000 }).toBe(0)
  const { polls, above } = await watch.stop()

  const served = fleet.emulator.served()
  const verdict = await judge(fleet.database, sent, served)
  const { mismatches, ...figures } = verdict
  reportFigure(
    'R2',
    seed,
    `${kills} kills, ${sent.length} calls, ${JSON.stringify(figures)}, ${mismatches.length} mismatches, ` +
      `refused ${JSON.stringify(Object.fromEntries(refusals))}, ${above.length} of ${polls} polls above a limit`,
  )
  expect(mismatches.slice(0, 20)).toEqual([])
  expect(above).toEqual([])
  expect(await count(fleet.database, 'budget_holds')).toBe(0)
  expect(await findUnbalanced(fleet.database)).toEqual([])
  expect(await fleet.database.query(`select 1 from gateway_usage_logs where 'over_hold' = any (flags)`)).toEqual([])
  expect(await fleet.database.query('select * from usage_dead_letters')).toEqual([])
  // Without these the run would have shown nothing.
  expect(figures.exact).toBeGreaterThan(100)
  expect(figures.orphaned).toBeGreaterThan(0)
  expect(fleet.emulator.counts().open).toBe(0)
})

/** Any process; one that is starting is in the middle of its replay. Another one stays, so that the load never stops. */
async function pickVictim(): Promise<Slot> {
  const starting = slots.find((slot) => !slot.isReady)
  if (starting && random() < 0.15) return starting
  await expect.poll(() => slots.filter((slot) => slot.isReady).length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(1)
  return pick(slots.filter((slot) => slot.isReady))
}

/** As a supervisor does it: at once, on the same data directory. A kill may come before it is up. */
function restart(slot: Slot): void {
  slot.isReady = false
  const started = startGatewayProcess({ ...fleet.env, CATRACA_DATA_DIR: slot.dataDir })
  slot.process = started
  started.ready.then(
    () => {
      if (slot.process === started) slot.isReady = true
    },
    // On a busy machine the database may not answer in time for a start: a supervisor tries again.
    (error: unknown) => {
      if (slot.process === started && !String(error).includes('SIGKILL')) restart(slot)
    },
  )
}

async function keepCalling(load: { isOn: boolean }): Promise<void> {
  const agent = newAgent()
  while (load.isOn) {
    const ready = slots.filter((slot) => slot.isReady)
    if (ready.length === 0) {
      await delay(50)
      continue
    }
    const client = pick(clients)
    const { call, body } = makeCall(client)
    sent.push(call)
    // One in ten closes the window in the middle of it.
    const leave = random() < 0.1 ? AbortSignal.timeout(Math.floor(random() * 800)) : undefined
    call.view = await callGateway({ url: pick(ready).process.url, key: client.key, body, agent, leave })
    if (call.view.status !== 200) {
      const outcome = `${call.view.status ?? 'no answer'} ${call.view.errorCode ?? ''}`
      refusals.set(outcome, (refusals.get(outcome) ?? 0) + 1)
      await delay(100)
    }
  }
  agent.destroy()
}

/** Each call of a client has a prompt of a length of its own: see SentCall.inputBound. */
function makeCall(client: Client): { call: SentCall; body: object } {
  const id = `k${String(sent.length).padStart(6, '0')}`
  const chunks = 5 + Math.floor(random() * 25)
  const marker = `[[call ${id}]] [[emulate chunks=${String(chunks).padStart(2, '0')} gap=40 delay=${String(Math.floor(random() * 90) + 10)}]]`
  client.calls += 1
  const body = {
    model: pick(models),
    messages: [{ role: 'user', content: `${marker} ${'x'.repeat(client.calls)}` }],
    max_tokens: 40,
    stream: random() < 0.8,
  }
  const { inputTokensBound } = openaiChat.parse(Buffer.from(JSON.stringify(body)))
  return { call: { id, clientId: client.id, inputBound: inputTokensBound, view: undefined }, body }
}

async function spooled(): Promise<number> {
  const depths = await Promise.all(
    slots.map(async (slot) => ((await (await fetch(`${slot.process.url}/readyz`)).json()) as { spool: number }).spool),
  )
  return depths.reduce((sum, depth) => sum + depth, 0)
}

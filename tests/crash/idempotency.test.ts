import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { type CallerView, callGateway, newAgent } from '../_support/call-gateway.ts'
import { type Fleet, type GatewayProcess, openFleet, startGatewayProcess } from '../_support/gateway-fleet.ts'
import { count, findUnbalanced, seededRandom } from '../_support/ledger.ts'
import { judge, type SentCall } from '../_support/oracle.ts'
import { isLong, reportFigure, testSeed } from '../_support/report-figure.ts'

// Never billed twice, through kill -9: every call has a key, and every caller asks again, of any replica, until it has an end.
const kills = Number(process.env.CATRACA_TEST_KILLS ?? (isLong ? 100 : 6))
const processes = isLong ? 4 : 3
const concurrency = isLong ? 100 : 24

/** Leases and holds end within seconds, so that the test sees the end of them. */
const env = {
  CATRACA_TOTAL_TIMEOUT_MS: '4000',
  CATRACA_IDLE_TIMEOUT_MS: '3000',
  CATRACA_DRAIN_TIMEOUT_MS: '500',
  CATRACA_HOLD_MARGIN_MS: '500',
  CATRACA_EXPIRE_EVERY_MS: '500',
  CATRACA_IDEMPOTENCY_LEASE_MS: '1000',
}
const models = ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'anthropic/claude-sonnet-4-5']

interface KeyedCall extends SentCall {
  key: string
  body: object
  /** Every whole answer that anybody got for this key. */
  answers: Set<string>
  /** The last word: `whole`, or the code of a refusal that stays. */
  end: string | undefined
}

interface Slot {
  dataDir: string
  process: GatewayProcess
  isReady: boolean
}

const random = seededRandom(testSeed)
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T

let fleet: Fleet
let client: Awaited<ReturnType<Fleet['addClient']>>
const slots: Slot[] = []
const sent: KeyedCall[] = []
let asked = 0

beforeAll(async () => {
  fleet = await openFleet({ env })
  client = await fleet.addClient({ limit: 500_000_000 })
  for (let i = 0; i < processes; i += 1) {
    const dataDir = await fleet.newDataDir()
    slots.push({ dataDir, process: await fleet.start(dataDir), isReady: true })
  }
})
afterAll(async () => {
  for (const slot of slots) await slot.process.kill()
  await expectBooksInOrder(fleet.database)
  await fleet.close()
})

test('kill -9 under load bills no key twice, and no repeat differs', { timeout: kills * 4_000 + 180_000 }, async () => {
  const load = { isOn: true }
  const callers = Array.from({ length: concurrency }, () => keepCalling(load))
  for (let i = 0; i < kills; i += 1) {
    await delay(200 + random() * 600)
    await expect.poll(() => slots.filter((slot) => slot.isReady).length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(1)
    const slot = pick(slots.filter((each) => each.isReady))
    await slot.process.kill()
    restart(slot)
  }
  load.isOn = false
  await expect.poll(() => slots.every((slot) => slot.isReady), { timeout: 60_000 }).toBe(true)
  await Promise.all(callers)
  await everyCallIsBooked()
  await askAllOnceMore()
  // What was made only now is booked moments after its caller has the answer.
  await everyCallIsBooked()
  const served = fleet.emulator.served()
  const timesServed = new Map<string, number>()
  for (const { call } of served) timesServed.set(call ?? '', (timesServed.get(call ?? '') ?? 0) + 1)
  const twice = [...timesServed].filter(([, times]) => times > 1)
  const different = sent.filter(({ answers }) => answers.size > 1)
  const { mismatches, ...figures } = await judge(fleet.database, sent, served)
  const ends = Object.fromEntries([...Map.groupBy(sent, ({ end }) => end)].map(([end, calls]) => [end, calls.length]))
  reportFigure(
    'Idempotency',
    testSeed,
    `${kills} kills, ${sent.length} keys asked ${asked} times, ${twice.length} served twice, ` +
      `${different.length} answered in two ways, ends ${JSON.stringify(ends)}, ${JSON.stringify(figures)}, ${mismatches.length} mismatches`,
  )
  expect(twice).toEqual([])
  expect(different.map(({ id }) => id)).toEqual([])
  expect(mismatches.slice(0, 20)).toEqual([])
  expect(await count(fleet.database, 'budget_holds')).toBe(0)
  expect(await findUnbalanced(fleet.database)).toEqual([])
  // Without these the run would have shown nothing.
  expect(ends.whole).toBeGreaterThan(20)
  expect(ends.idempotency_outcome_unknown).toBeGreaterThan(0)
  expect(Object.keys(ends).sort()).toEqual(['idempotency_outcome_unknown', 'whole'])
  expect(asked).toBeGreaterThan(sent.length * 2)
})

async function everyCallIsBooked(): Promise<void> {
  await expect.poll(() => count(fleet.database, 'call_admissions'), { timeout: 20_000, interval: 250 }).toBe(0)
}

/**
 * Whoever had an answer gets it again. What nobody knew may have become known: a call that was left before any provider was asked can be
 * made after all, once the restarted process has said so to the ledger.
 */
async function askAllOnceMore(): Promise<void> {
  const waiting = [...sent]
  const askOn = async () => {
    const agent = newAgent()
    for (let call = waiting.pop(); call; call = waiting.pop()) await askUntilItEnds(call, agent, 0)
    agent.destroy()
  }
  await Promise.all(Array.from({ length: 20 }, askOn))
}

/** As a supervisor does it: at once, on the same data directory. */
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
    const call = makeCall()
    sent.push(call)
    // One in three is sent twice at once, as an impatient program does.
    await Promise.all(Array.from({ length: random() < 0.3 ? 2 : 1 }, () => askUntilItEnds(call, agent, 0.15)))
  }
  agent.destroy()
}

/** Asks again, of whatever replica is up, until the answer is whole or the refusal says that it will stay. */
async function askUntilItEnds(call: KeyedCall, agent: ReturnType<typeof newAgent>, leaving: number): Promise<void> {
  for (;;) {
    const ready = slots.filter((slot) => slot.isReady)
    if (ready.length === 0) {
      await delay(50)
      continue
    }
    asked += 1
    const leave = random() < leaving ? AbortSignal.timeout(Math.floor(random() * 600)) : undefined
    const { key, body } = call
    const headers = { 'idempotency-key': key }
    const view = await callGateway({ url: pick(ready).process.url, key: client.key, body, agent, headers, leave })
    if (isLastWord(view)) {
      if (view.complete && view.status === 200) call.answers.add(view.text)
      call.end = view.status === 200 ? 'whole' : view.errorCode
      if (view.status === 200) call.view = view
      return
    }
    await delay(50)
  }
}

function isLastWord({ status, complete, errorCode }: CallerView): boolean {
  if (!complete) return false
  return status === 200 || (status === 409 && errorCode !== 'idempotency_in_progress') || status === 400
}

/** Each call of a client has a prompt of a length of its own: see SentCall.inputBound. */
function makeCall(): KeyedCall {
  const id = `i${String(sent.length).padStart(6, '0')}`
  const chunks = 5 + Math.floor(random() * 15)
  const marker = `[[call ${id}]] [[emulate chunks=${String(chunks).padStart(2, '0')} gap=30 delay=${String(Math.floor(random() * 90) + 10)}]]`
  const body = {
    model: pick(models),
    messages: [{ role: 'user', content: `${marker} ${'x'.repeat(sent.length + 1)}` }],
    max_tokens: 40,
    stream: random() < 0.6,
  }
  const { inputTokensBound } = openaiChat.parse(Buffer.from(JSON.stringify(body)))
  return {
    id,
    clientId: client.id,
    inputBound: inputTokensBound,
    view: undefined,
    key: randomUUID(),
    body,
    answers: new Set(),
    end: undefined,
  }
}

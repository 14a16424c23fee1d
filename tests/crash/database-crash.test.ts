import type { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { type CallerView, callGateway, newAgent } from '../_support/call-gateway.ts'
import { type DatabaseServer, startDatabaseServer } from '../_support/database-server.ts'
import { type Fleet, type GatewayProcess, openFleet, spoolFiles } from '../_support/gateway-fleet.ts'
import { count, findUnbalanced, seededRandom } from '../_support/ledger.ts'
import { judge, type SentCall } from '../_support/oracle.ts'
import { isLong, reportFigure, testSeed as seed } from '../_support/report-figure.ts'

// R7: PostgreSQL is lost while calls are being settled. The emulator's own count says what has to be in the books.
const stops = isLong ? 20 : 4
const outageMs = isLong ? 600_000 : 4_000
const callers = 24
/** In ten minutes 24 callers without a pause would make more calls than the emulator remembers. */
const pauseMs = isLong ? 1_500 : 30

type Client = Awaited<ReturnType<Fleet['addClient']>>

const random = seededRandom(seed)

let server: DatabaseServer
let fleet: Fleet
let gateways: { process: GatewayProcess; dataDir: string }[]
let clients: Client[]
let sent: SentCall[] = []

beforeAll(async () => {
  server = await startDatabaseServer()
  fleet = await openFleet({ databaseUrl: server.link.url, env: { CATRACA_EXPIRE_EVERY_MS: '500' } })
  gateways = await Promise.all(
    [1, 2].map(async () => {
      const dataDir = await fleet.newDataDir()
      return { process: await fleet.start(dataDir), dataDir }
    }),
  )
})
afterAll(async () => {
  await expectBooksInOrder(fleet.database)
  await fleet.close()
  await server.close()
})

interface Load {
  isOn: boolean
  pauseMs: number
}

async function call(gateway: GatewayProcess, client: Client, agent?: Agent): Promise<CallerView> {
  const id = `p${String(sent.length).padStart(6, '0')}`
  const marker = `[[emulate chunks=${2 + Math.floor(random() * 8)} gap=${Math.floor(random() * 30)}]]`
  const body = {
    model: random() < 0.3 ? 'anthropic/claude-sonnet-4-5' : 'openai/gpt-4o-mini',
    messages: [{ role: 'user', content: `[[call ${id}]] ${marker}` }],
    max_tokens: 60,
    stream: random() < 0.7,
  }
  const { inputTokensBound } = openaiChat.parse(Buffer.from(JSON.stringify(body)))
  const record: SentCall = { id, clientId: client.id, inputBound: inputTokensBound, view: undefined }
  sent.push(record)
  const view = await callGateway({ url: gateway.url, key: client.key, body, ...(agent && { agent }) })
  // Without the text: in ten minutes there are many.
  record.view = { ...view, text: '' }
  return view
}

/** Each caller is one client's and goes from gateway to gateway; what is refused is tried again a little later. */
async function keepCalling(load: Load, client: Client): Promise<void> {
  const agent = newAgent()
  while (load.isOn) {
    const { process: gateway } = gateways[Math.floor(random() * gateways.length)] ?? expect.unreachable()
    const view = await call(gateway, client, agent)
    await delay(view.status === 200 ? load.pauseMs : 100)
  }
  agent.destroy()
}

async function underLoad(pause: number, run: () => Promise<void>): Promise<void> {
  sent = []
  fleet.emulator.reset()
  clients = [
    await fleet.addClient({ limit: 100_000_000 }, { type: 'brl', limit: 10_000, period: 'monthly' }),
    await fleet.addClient({ limit: 100_000_000 }),
    await fleet.addClient({ limit: 10_000, hard: false }, { type: 'usd', limit: 5, hard: false }),
    await fleet.addClient(),
  ]
  // Without the database only those go on whom the process knows.
  for (const { process: gateway } of gateways) for (const client of clients) await call(gateway, client)
  const load = { isOn: true, pauseMs: pause }
  const running = Array.from({ length: callers }, (_, n) => keepCalling(load, clients[n % clients.length] ?? expect.unreachable()))
  try {
    await delay(500)
    await run()
    await delay(500)
  } finally {
    load.isOn = false
    await Promise.all(running)
  }
}

interface Spooled {
  records: number
  bytes: number
}

/** As the gateways themselves tell it, also while they are not ready. */
async function spooled(): Promise<Spooled> {
  const sum = { records: 0, bytes: 0 }
  for (const { process: gateway } of gateways) {
    const told = (await (await fetch(`${gateway.url}/readyz`)).json()) as { spool: number; spool_bytes: number }
    sum.records += told.spool
    sum.bytes += told.spool_bytes
  }
  return sum
}

/** Each served call has one exact row, nothing is held any more, and hard budgets waited while the others went on. */
async function expectNothingLost(): Promise<string> {
  await expect.poll(async () => (await spooled()).records, { timeout: 30_000, interval: 50 }).toBe(0)
  await expect.poll(() => count(fleet.database, 'call_admissions'), { timeout: 30_000, interval: 100 }).toBe(0)
  const served = fleet.emulator.served()
  expect(fleet.emulator.counts().accepted).toBe(served.length)
  const verdict = await judge(fleet.database, sent, served)
  expect(verdict).toMatchObject({ mismatches: [], estimated: 0, orphaned: 0, exact: verdict.served, rows: verdict.served })
  expect(await count(fleet.database, 'budget_holds')).toBe(0)
  expect(await findUnbalanced(fleet.database)).toEqual([])
  expect(await fleet.database.query('select * from usage_dead_letters')).toEqual([])
  const told = (ids: string[]) =>
    new Set(sent.filter((call) => ids.includes(call.clientId)).map(({ view }) => `${view?.status} ${view?.errorCode} ${view?.complete}`))
  const [hard, alsoHard, ...others] = clients.map(({ id }) => id)
  expect([...told([hard ?? '', alsoHard ?? ''])].sort()).toEqual(['200 undefined true', '503 ledger_unavailable true'])
  expect([...told(others)]).toEqual(['200 undefined true'])
  await expectBooksInOrder(fleet.database)
  return `${verdict.served} calls served, ${verdict.rows} rows, ${verdict.exact} exact, 0 lost`
}

test(`R7: ${stops} immediate stops of PostgreSQL under load lose nothing`, { timeout: 120_000 + stops * 10_000 }, async () => {
  let slowestMs = 0
  await underLoad(30, async () => {
    for (let n = 0; n < stops; n += 1) {
      await server.crash()
      await delay(random() * 600)
      const beganMs = performance.now()
      await server.start()
      slowestMs = Math.max(slowestMs, performance.now() - beganMs)
      await delay(300 + random() * 900)
    }
  })
  const figures = await expectNothingLost()
  reportFigure('R7', seed, `${stops} immediate stops: ${figures}; recovery of PostgreSQL itself at most ${Math.round(slowestMs)} ms`)
})

test('R7: PostgreSQL is away for long: the spool grows, and its replay ends exact', { timeout: 120_000 + outageMs * 2 }, async () => {
  const before = await spooled()
  let most: Spooled = before
  let bookedMs = 0
  await underLoad(pauseMs, async () => {
    await server.crash()
    for (const endMs = performance.now() + outageMs; performance.now() < endMs; await delay(outageMs / 20)) {
      const now = await spooled()
      expect(now.records).toBeGreaterThanOrEqual(most.records)
      most = now
    }
    await server.start()
    const backMs = performance.now()
    // The load goes on, so the spool is never quite empty: what counts is that it is as short as before.
    await expect.poll(async () => (await spooled()).records, { timeout: 60_000, interval: 20 }).toBeLessThan(callers)
    bookedMs = performance.now() - backMs
  })
  expect(most.records).toBeGreaterThan(50)
  expect(most.bytes).toBeGreaterThan(before.bytes)
  const figures = await expectNothingLost()
  reportFigure(
    'R7',
    seed,
    `${outageMs / 1_000} s away: spool up to ${most.records} records (${Math.round(most.bytes / 1024)} KB), booked ${Math.round(bookedMs)} ms ` +
      `after the return; ${figures}`,
  )
})

test('R7: and when all of them stop, nothing is left in any spool', async () => {
  for (const { process: gateway, dataDir } of gateways) {
    expect(await gateway.stop()).toBe(0)
    expect(await spoolFiles(dataDir)).toEqual([])
  }
})

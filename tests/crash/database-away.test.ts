import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../../src/database/index.ts'
import { openaiChat } from '../../src/dialects/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { type CallerView, callGateway } from '../_support/call-gateway.ts'
import { type DatabaseLink, openDatabaseLink } from '../_support/database-link.ts'
import { type Fleet, type GatewayProcess, openFleet, spoolFiles } from '../_support/gateway-fleet.ts'
import { count, expireLateHolds, findUnbalanced } from '../_support/ledger.ts'
import { copyCluster } from '../_support/made-cluster.ts'
import { judge, type SentCall } from '../_support/oracle.ts'
import { isLong, reportFigure } from '../_support/report-figure.ts'
import { startStopwatch } from '../_support/stopwatch.ts'

const outageMs = isLong ? 30_000 : 2_500

type Client = Awaited<ReturnType<Fleet['addClient']>>

let dataDir: string
let server: EmbeddedServer
let link: DatabaseLink
let fleet: Fleet

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'catraca-away-'))
  await copyCluster(dataDir)
  server = await startEmbedded({ dataDir })
  link = await openDatabaseLink(server.url)
  fleet = await openFleet({ databaseUrl: link.url, env: { CATRACA_EXPIRE_EVERY_MS: '500' } })
})
afterAll(async () => {
  await expectBooksInOrder(fleet.database)
  await fleet.close()
  await link.close()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
})

afterEach(() => link.mend())

let calls = 0
const sent: SentCall[] = []

async function call(gateway: GatewayProcess, client: Client, marker = ''): Promise<CallerView> {
  calls += 1
  const body = {
    model: 'openai/gpt-4o-mini',
    messages: [{ role: 'user', content: `[[call d${calls}]] ${marker} ${'x'.repeat(calls)}` }],
    max_tokens: 200,
    // A marker is about what happens along the stream.
    stream: marker !== '' || calls % 2 === 0,
  }
  const inputBound = openaiChat.parse(Buffer.from(JSON.stringify(body))).inputTokensBound
  const record: SentCall = { id: `d${calls}`, clientId: client.id, inputBound, view: undefined }
  sent.push(record)
  record.view = await callGateway({ url: gateway.url, key: client.key, body })
  return record.view
}

/** What an outage does to callers, seen from before it to after it. */
interface Outage {
  hard: CallerView[]
  others: CallerView[]
  underWay: CallerView[]
  hardAgainMs: number
  bookedMs: number
}

interface Clients {
  hard: Client
  others: Client[]
  quiet: Client
}

/** `ms` without what both processes waited for a processor. */
async function timed(gateway: GatewayProcess, client: Client): Promise<CallerView> {
  const elapsedMs = startStopwatch(gateway.pid)
  const view = await call(gateway, client)
  return { ...view, ms: elapsedMs() }
}

async function sufferOutage(
  gateway: GatewayProcess,
  { hard, others, quiet }: Clients,
  begin: () => Promise<void>,
  end: () => Promise<void>,
): Promise<Outage> {
  // Known to the process, and not heard of since an operator's last change.
  for (const client of [hard, ...others, quiet]) await call(gateway, client)
  await fleet.database.query(`update clients set name = name || '.'`)
  for (const client of [hard, ...others]) await call(gateway, client)
  const { accepted } = fleet.emulator.counts()
  const streams = [hard, ...others].map((client) => call(gateway, client, '[[emulate chunks=60 gap=40]]'))
  await expect.poll(() => fleet.emulator.counts().accepted, { interval: 20 }).toBe(accepted + streams.length)
  await begin()
  const seen = { hard: [] as CallerView[], others: [] as CallerView[] }
  const rounds: Promise<unknown>[] = []
  for (const stopMs = performance.now() + outageMs; performance.now() < stopMs; await delay(150)) {
    rounds.push(timed(gateway, hard).then((view) => seen.hard.push(view)))
    for (const client of [...others, quiet]) rounds.push(timed(gateway, client).then((view) => seen.others.push(view)))
    // A load balancer goes on asking.
    void fetch(`${gateway.url}/readyz`).catch(() => {})
  }
  await Promise.all(rounds)
  await end()
  const sinceBackMs = startStopwatch(gateway.pid)
  const underWay = await Promise.all(streams)
  while ((await call(gateway, hard)).status !== 200) await delay(100)
  const hardAgainMs = sinceBackMs()
  await expect.poll(() => openCalls(), { timeout: 20_000, interval: 100 }).toBe(0)
  return { ...seen, underWay, hardAgainMs, bookedMs: sinceBackMs() }
}

/** Calls that got a whole answer and have no row yet. */
async function openCalls(): Promise<number> {
  const whole = sent.filter(({ view }) => view?.complete && view.status === 200).map(({ view }) => view?.callId)
  const [row] = await fleet.database.query<{ n: number }>('select count(*)::int as n from gateway_usage_logs where call_id = any ($1)', [
    whole,
  ])
  return whole.length - (row?.n ?? 0)
}

describe('R6: PostgreSQL is away', () => {
  const ways: [name: string, begin: () => Promise<void>, end: () => Promise<void>][] = [
    [
      'stopped and started again',
      async () => {
        link.cut()
        await server.stop()
      },
      async () => {
        server = await startEmbedded({ dataDir })
        link.moveTo(server.url)
        link.mend()
      },
    ],
    ['silent', async () => link.freeze(), async () => link.mend()],
    [
      'back, on new connections only',
      async () => link.freeze(),
      async () => {
        link.strand()
        link.mend()
      },
    ],
  ]

  test.each(ways)(
    '%s: hard budgets wait for it, the others go on, nothing is lost',
    { timeout: 90_000 + outageMs },
    async (name, begin, end) => {
      const gateway = await fleet.start(await fleet.newDataDir())
      const clients: Clients = {
        hard: await fleet.addClient({ limit: 10_000_000 }, { type: 'brl', limit: 1_000 }),
        others: [await fleet.addClient({ limit: 10_000_000, hard: false }), await fleet.addClient()],
        quiet: await fleet.addClient({ limit: 1_000_000, hard: false }),
      }
      fleet.emulator.reset()
      sent.length = 0
      const outage = await sufferOutage(gateway, clients, begin, end)
      const verdict = await judge(fleet.database, sent, fleet.emulator.served())
      const slowest = (views: CallerView[]) => Math.round(Math.max(...views.map(({ ms }) => ms)))
      const { served, exact, mismatches } = verdict
      reportFigure(
        'R6',
        undefined,
        `${name}, ${outageMs / 1_000} s: ${outage.hard.length} hard calls refused within ${slowest(outage.hard)} ms, ${outage.others.length} others within ` +
          `${slowest(outage.others)} ms, hard again after ${Math.round(outage.hardAgainMs)} ms, all booked after ${Math.round(outage.bookedMs)} ms; ` +
          `${served} calls served, ${exact} exact, ${mismatches.length} mismatches`,
      )
      const told = (views: CallerView[]) => [
        ...new Set(views.map(({ status, errorCode, complete }) => `${status} ${errorCode} ${complete}`)),
      ]
      expect(told(outage.hard)).toEqual(['503 ledger_unavailable true'])
      expect(slowest(outage.hard)).toBeLessThan(2_000)
      expect(told(outage.others)).toEqual(['200 undefined true'])
      expect(told(outage.underWay)).toEqual(['200 undefined true'])
      expect(outage.hardAgainMs).toBeLessThan(5_000)
      expect(outage.bookedMs).toBeLessThan(5_000)
      expect(verdict).toMatchObject({ mismatches: [], estimated: 0, orphaned: 0, exact: verdict.served })
      await expect.poll(() => count(fleet.database, `call_admissions where client_id = '${clients.hard.id}'`)).toBe(0)
      await expireLateHolds(fleet.database, [...clients.others, clients.quiet])
      expect([await count(fleet.database, 'call_admissions'), await count(fleet.database, 'budget_holds')]).toEqual([0, 0])
      expect(await findUnbalanced(fleet.database)).toEqual([])
      expect(await gateway.stop()).toBe(0)
    },
  )

  test('and the gateway is killed: what went on without it is charged all the same', async () => {
    const processDir = await fleet.newDataDir()
    const gateway = await fleet.start(processDir)
    const clients = [
      await fleet.addClient({ limit: 10_000_000, hard: false }, { type: 'usd', limit: 5, hard: false }),
      await fleet.addClient(),
    ]
    fleet.emulator.reset()
    sent.length = 0
    for (const client of clients) await call(gateway, client)
    await expect.poll(() => openCalls()).toBe(0)
    link.cut()
    const whole = await Promise.all(clients.map((client) => call(gateway, client)))
    expect(whole.map(({ status, text, complete }) => (complete && status === 200 ? 'whole' : text))).toEqual(['whole', 'whole'])
    const cut = clients.flatMap((client) => Array.from({ length: 5 }, () => call(gateway, client, '[[emulate chunks=60 gap=400]]')))
    await expect.poll(() => fleet.emulator.counts().open, { timeout: 15_000, interval: 20 }).toBe(cut.length)
    await gateway.kill()
    const views = await Promise.all(cut)
    link.mend()
    const next = await fleet.start(processDir)
    await expect.poll(() => count(fleet.database, `gateway_usage_logs where status = 'orphaned'`), { timeout: 15_000 }).toBe(cut.length)
    const verdict = await judge(fleet.database, sent, fleet.emulator.served())
    const { served, exact, orphaned } = verdict
    reportFigure('R6', undefined, `and the gateway killed as well: ${served} calls served, ${exact} exact, ${orphaned} orphaned, 0 lost`)
    expect(views.filter(({ complete }) => complete)).toEqual([])
    expect(verdict).toMatchObject({ mismatches: [], exact: 2 * whole.length, orphaned: cut.length, estimated: 0 })
    expect(await findUnbalanced(fleet.database)).toEqual([])
    await next.stop()
    expect(await spoolFiles(processDir)).toEqual([])
  })
})

describe('R16: a second process on one data directory', () => {
  test('attaches to the database inside within 1 s, and whichever leaves, the other goes on', async () => {
    const inside = { DATABASE_URL: '' }
    const client = await fleet.addClient()
    const first = await fleet.start(dataDir, inside)
    const second = await fleet.start(dataDir, inside)
    reportFigure('R16', undefined, `the second process attached within ${Math.round(second.startMs)} ms`)
    expect(second.startMs).toBeLessThan(1_000)
    for (const gateway of [first, second]) expect((await call(gateway, client)).status).toBe(200)
    expect(await second.stop()).toBe(0)
    expect((await call(first, client)).status).toBe(200)
    const third = await fleet.start(dataDir, inside)
    await first.kill()
    expect((await call(third, client)).status).toBe(200)
    expect(await third.stop()).toBe(0)
    // The killed one's file, which the next start takes over.
    expect(await spoolFiles(dataDir)).toHaveLength(1)
  })

  test('is refused in words on a port that is taken, and the first is untouched', async () => {
    const client = await fleet.addClient()
    const first = await fleet.start(dataDir, { DATABASE_URL: '' })
    const port = new URL(first.url).port
    const beganMs = performance.now()
    await expect(fleet.start(dataDir, { DATABASE_URL: '', PORT: port })).rejects.toThrow(`Port ${port} is in use`)
    reportFigure(
      'R16',
      undefined,
      `on a port that is taken: refused in words, start of Node included, in ${Math.round(performance.now() - beganMs)} ms`,
    )
    expect((await call(first, client)).status).toBe(200)
    await first.stop()
  })
})

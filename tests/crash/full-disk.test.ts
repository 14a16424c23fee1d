import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { type CallerView, callGateway } from '../_support/call-gateway.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { type DatabaseLink, openDatabaseLink } from '../_support/database-link.ts'
import { type Fleet, type GatewayProcess, openFleet } from '../_support/gateway-fleet.ts'
import { count, findUnbalanced } from '../_support/ledger.ts'
import { judge, type SentCall } from '../_support/oracle.ts'
import { reportFigure } from '../_support/report-figure.ts'

// R7, its last words: admission stops before the disk is full, and what was admitted by then is recorded.
const run = promisify(execFile)
const megabyte = 1024 * 1024
const floorBytes = 64 * megabyte

type Client = Awaited<ReturnType<Fleet['addClient']>>

let db: TestDatabase
let link: DatabaseLink
let fleet: Fleet
let hard: Client
let others: Client[]
let sent: SentCall[] = []
let calls = 0

beforeAll(async () => {
  db = await createTestDatabase()
  link = await openDatabaseLink(db.url)
  fleet = await openFleet({ databaseUrl: link.url, env: { CATRACA_EXPIRE_EVERY_MS: '500' } })
})
beforeEach(async () => {
  hard = await fleet.addClient({ limit: 10_000_000 })
  others = [await fleet.addClient({ limit: 1_000, hard: false }), await fleet.addClient()]
  fleet.emulator.reset()
  sent = []
})
afterEach(() => link.mend())
afterAll(async () => {
  await expectBooksInOrder(fleet.database)
  await fleet.close()
  await link.close()
  await db.drop()
})

async function call(gateway: GatewayProcess, client: Client, marker = 'chunks=3'): Promise<CallerView> {
  calls += 1
  const id = `f${calls}`
  const content = `[[call ${id}]] [[emulate ${marker}]] ${'x'.repeat(calls)}`
  const body = {
    model: 'openai/gpt-4o-mini',
    messages: [{ role: 'user', content }],
    max_tokens: 200,
    stream: marker.includes('gap') || calls % 3 > 0,
  }
  const { inputTokensBound } = openaiChat.parse(Buffer.from(JSON.stringify(body)))
  const record: SentCall = { id, clientId: client.id, inputBound: inputTokensBound, view: undefined }
  sent.push(record)
  record.view = await callGateway({ url: gateway.url, key: client.key, body })
  return record.view
}

/** All clients, until each is told that there is no room; answers how many calls were served before that. */
async function callUntilRefused(gateway: GatewayProcess, clients: Client[]): Promise<number> {
  let served = 0
  await Promise.all(
    clients.map(async (client) => {
      for (;;) {
        const view = await call(gateway, client)
        if (view.status !== 200) return
        served += 1
      }
    }),
  )
  return served
}

/** Every client, the others as well, is told so in words, and no provider is asked. */
async function expectAllRefused(gateway: GatewayProcess): Promise<void> {
  const before = fleet.emulator.counts().accepted
  const views = await Promise.all([hard, ...others].map((client) => call(gateway, client)))
  for (const view of views) {
    expect(view).toMatchObject({ status: 503, errorCode: 'ledger_unavailable' })
    expect(view.text).toContain('não tem espaço em disco')
  }
  expect(fleet.emulator.counts().accepted).toBe(before)
  const english = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${hard.key}`, 'accept-language': 'en' },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  expect(english.headers.get('retry-after')).toBe('5')
  expect(await english.text()).toContain('no room on its disk')
  await expect.poll(() => gateway.said.some((line) => line.includes('new calls are refused until there is room'))).toBe(true)
}

/** The free bytes are looked at once a second. */
async function untilRefused(gateway: GatewayProcess): Promise<void> {
  await expect.poll(async () => (await call(gateway, hard)).status, { timeout: 20_000, interval: 200 }).toBe(503)
}

async function untilServed(gateway: GatewayProcess): Promise<number> {
  const beganMs = performance.now()
  for (const client of [hard, ...others]) {
    await expect.poll(async () => (await call(gateway, client)).status, { timeout: 20_000, interval: 50 }).toBe(200)
  }
  return performance.now() - beganMs
}

async function expectAllRecorded(): Promise<string> {
  await expect.poll(() => count(fleet.database, 'call_admissions'), { timeout: 20_000, interval: 100 }).toBe(0)
  await expect.poll(() => rowsOfSent(), { timeout: 20_000, interval: 100 }).toBe(fleet.emulator.served().length)
  const verdict = await judge(fleet.database, sent, fleet.emulator.served())
  expect(verdict).toMatchObject({ mismatches: [], exact: verdict.served, estimated: 0, orphaned: 0 })
  expect(await count(fleet.database, 'budget_holds')).toBe(0)
  expect(await findUnbalanced(fleet.database)).toEqual([])
  return `${verdict.served} calls served, ${verdict.exact} exact rows`
}

async function rowsOfSent(): Promise<number> {
  const ids = [hard, ...others].map(({ id }) => id)
  const [row] = await fleet.database.query<{ n: number }>('select count(*)::int as n from gateway_usage_logs where client_id = any ($1)', [
    ids,
  ])
  return row?.n ?? 0
}

async function bytesIn(dir: string): Promise<number> {
  const sizes = await Promise.all((await readdir(dir)).map(async (name) => (await stat(join(dir, name)).catch(() => ({ size: 0 }))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

test('R7: at the limit of the spool new calls are refused, those under way are recorded', async () => {
  const dataDir = await fleet.newDataDir()
  const limit = megabyte
  const gateway = await fleet.start(dataDir, { CATRACA_SPOOL_MAX_MB: '1' })
  await untilServed(gateway)
  const streams = [hard, ...others].map((client) => call(gateway, client, 'chunks=60 gap=80'))
  await expect.poll(() => fleet.emulator.counts().open, { timeout: 15_000, interval: 20 }).toBe(streams.length)
  link.cut()
  const served = await callUntilRefused(gateway, [...others, ...others])
  const fullBytes = await bytesIn(join(dataDir, 'spool'))
  expect(served).toBeGreaterThan(100)
  await expect.poll(() => gateway.said.some((line) => line.includes('the spool is half full')), { timeout: 15_000 }).toBe(true)
  const answers = await Promise.all(streams)
  expect(answers.map(({ status, complete }) => `${status} ${complete}`)).toEqual(streams.map(() => '200 true'))
  // The room that was kept for those is free.
  await callUntilRefused(gateway, [...others, ...others])
  await expectAllRefused(gateway)
  expect(await bytesIn(join(dataDir, 'spool'))).toBeLessThan(limit)
  link.mend()
  const againMs = await untilServed(gateway)
  const figures = await expectAllRecorded()
  // It drains: only the segment that is being written stays. The others' files go one by one after their last row.
  await expect.poll(() => bytesIn(join(dataDir, 'spool')), { timeout: 10_000 }).toBeLessThan(limit / 8)
  reportFigure(
    'R7',
    undefined,
    `a spool of 1 MB: refused at ${(fullBytes / megabyte).toFixed(2)} MB after ${served} calls, accepted again ${Math.round(againMs)} ms ` +
      `after the return; ${figures}`,
  )
  expect(await gateway.stop()).toBe(0)
})

/** A filesystem of its own, of that size, or undefined where nobody lets us make one. */
async function mountSmallDisk(dir: string, size: number): Promise<(() => Promise<unknown>) | undefined> {
  await mkdir(dir, { recursive: true })
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'none', dir])
    return () => run('umount', [dir])
  } catch {
    return undefined
  }
}

async function freeOn(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir)
  return bavail * bsize
}

test('R7: on a disk that fills up new calls are refused, and those under way are recorded even when it is full', async (context) => {
  const dataDir = await fleet.newDataDir()
  const dir = join(dataDir, 'spool')
  const unmount = await mountSmallDisk(dir, floorBytes + 8 * megabyte)
  if (!unmount) return context.skip('no filesystem can be mounted here: it takes root on Linux')
  const gateway = await fleet.start(dataDir)
  try {
    await untilServed(gateway)
    const streams = [hard, ...others].map((client) => call(gateway, client, 'chunks=60 gap=50'))
    await expect.poll(() => fleet.emulator.counts().open, { timeout: 15_000, interval: 20 }).toBe(streams.length)
    const filler = join(dir, 'somebody-elses-file')
    await expect(writeFile(filler, Buffer.alloc(floorBytes + 10 * megabyte))).rejects.toMatchObject({ code: 'ENOSPC' })
    expect(await freeOn(dir)).toBe(0)
    await untilRefused(gateway)
    await expectAllRefused(gateway)
    const answers = await Promise.all(streams)
    expect(answers.map(({ status, complete }) => `${status} ${complete}`)).toEqual(streams.map(() => '200 true'))
    await rm(filler)
    const againMs = await untilServed(gateway)
    await expectAllRecorded()

    // Now the database is away as well, and the spool itself is what fills the disk: it stops at the floor.
    const most = (await freeOn(dir)) - floorBytes
    await writeFile(filler, Buffer.alloc(most))
    await untilRefused(gateway)
    await truncate(filler, most - megabyte / 2)
    await untilServed(gateway)
    link.cut()
    const served = await callUntilRefused(gateway, [...others, ...others])
    expect(await freeOn(dir)).toBeGreaterThan(floorBytes)
    await expectAllRefused(gateway)
    await rm(filler)
    link.mend()
    await untilServed(gateway)
    const figures = await expectAllRecorded()
    reportFigure(
      'R7',
      undefined,
      `a full disk: accepted again after ${Math.round(againMs)} ms; ${served} calls without a database; ${figures}`,
    )
    expect(await gateway.stop()).toBe(0)
  } finally {
    await gateway.kill()
    await unmount()
  }
})

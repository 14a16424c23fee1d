import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config/index.ts'
import { openDatabase } from '../../src/database/index.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { type DatabaseLink, openDatabaseLink } from '../_support/database-link.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { startStopwatch } from '../_support/stopwatch.ts'
import { user } from './_support/caller.ts'
import { askOnce, expectReplayOf, type Seen } from './_support/keyed.ts'
import { expectBooksClosed, settled } from './_support/settled.ts'

let gateway: TestGateway
let link: DatabaseLink
/** A replica whose way to the database can be broken. */
let server: RunningServer
let dataDir: string

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_IDEMPOTENCY_LEASE_MS: '1500', USD_BRL_RATE: '5.5' } })
  link = await openDatabaseLink(gateway.env.DATABASE_URL ?? '')
  dataDir = await mkdtemp(join(tmpdir(), 'catraca-gateway-'))
  server = await startServer(readConfig({ ...gateway.env, DATABASE_URL: link.url, CATRACA_DATA_DIR: dataDir }), { log: silentLog })
})
afterAll(async () => {
  await server.close()
  await link.close()
  await gateway.close()
  await rm(dataDir, { recursive: true, force: true })
})
afterEach(async () => {
  link.mend()
  await expectBooksClosed(gateway)
})

let labels = 0

function request(directives = '') {
  labels += 1
  const label = `away-${labels}`
  const body = { model: 'openai/gpt-4o-mini', messages: user(`reply with 9 words [[call ${label}]] [[emulate chunks=9 ${directives}]]`) }
  return { body, served: () => gateway.emulator.served().filter(({ call }) => call === label).length }
}

function ask(key: string, body: unknown, client: TestClient = gateway.client, url = server.url): Promise<Seen> {
  return askOnce(key, body, { url, client, headers: { 'accept-language': 'en' } })
}

test.each(['cut', 'freeze'] as const)('without a database (%s) a call with a key is refused at once, whatever its budget', async (way) => {
  // The process knows the client, and it has no budget that could refuse it.
  await ask(randomUUID(), request().body)
  const { body, served } = request()
  const key = randomUUID()
  link[way]()
  const elapsedMs = startStopwatch()
  const refused = await ask(key, body)
  expect(refused).toMatchObject({ status: 503, code: 'ledger_unavailable' })
  expect(refused.body).toContain('Idempotency-Key')
  expect(refused.headers['retry-after']).toBe('1')
  expect(elapsedMs()).toBeLessThan(4_000)
  expect(served()).toBe(0)
  link.mend()
  await expect.poll(async () => (await ask(key, body)).status, { timeout: 15_000, interval: 200 }).toBe(200)
  expect(served()).toBe(1)
})

test('an answer that comes while the database is away goes out, and is kept when it is back', async () => {
  const { body, served } = request('delay=300')
  const key = randomUUID()
  const first = ask(key, body)
  await expect.poll(served, { interval: 5 }).toBe(1)
  link.cut()
  expect(await first).toMatchObject({ status: 200, replayed: false })
  // The replica that has it still gives it, without a database.
  const repeat = await ask(key, body)
  expectReplayOf(await first, repeat)
  link.mend()
  await expect
    .poll(() => gateway.database.query('select state from idempotency_keys where call_id = $1', [repeat.callId]), { timeout: 15_000 })
    .toEqual([{ state: 'done' }])
  expectReplayOf(await first, await ask(key, body, gateway.client, gateway.url))
  await settled(gateway, repeat.callId)
  expect(served()).toBe(1)
})

test('a refusal for want of the ledger keeps the key until it is certain that nothing is charged', async () => {
  const client = await gateway.addClient()
  const [budget] = await gateway.database.query<{ id: string }>(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 100000, 'daily', true) returning id`,
    [client.id],
  )
  const { body, served } = request()
  const key = randomUUID()
  const blocker = openDatabase({ url: gateway.env.DATABASE_URL ?? '', maxConnections: 1 })
  const locked = Promise.withResolvers<void>()
  const unlock = Promise.withResolvers<void>()
  const blocking = blocker.transaction(async (tx) => {
    await tx.query('select 1 from budgets where id = $1 for update', [budget?.id])
    locked.resolve()
    await unlock.promise
  })
  await locked.promise
  expect(await ask(key, body, client)).toMatchObject({ status: 503, code: 'ledger_unavailable' })
  expect(await gateway.database.query('select state from idempotency_keys where client_id = $1', [client.id])).toEqual([
    { state: 'running' },
  ])
  unlock.resolve()
  await blocking
  await blocker.close()
  const second = await ask(key, body, client)
  expect(second).toMatchObject({ status: 200, replayed: false })
  expect(served()).toBe(1)
  await settled(gateway, second.callId)
})

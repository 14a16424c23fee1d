import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, type TestContext, test, vi } from 'vitest'
import { createTestDatabase } from '../../tests/_support/database.ts'
import { openDatabaseLink } from '../../tests/_support/database-link.ts'
import { addClient, memoryLog } from '../../tests/_support/ledger.ts'
import { copyCluster } from '../../tests/_support/made-cluster.ts'
import { startStopwatch } from '../../tests/_support/stopwatch.ts'
import { startTransactionPooler } from '../../tests/_support/transaction-pooler.ts'
import type { Alert, AlertDeliverer } from '../alerts/index.ts'
import { type Database, openDatabase, prepareGatewayLogin, startEmbedded } from '../database/index.ts'
import { silentLog } from '../shared/log.ts'
import { type Jobs, type JobsOptions, startJobs } from './index.ts'

const long = process.env.CATRACA_TEST_LONG === '1'

/** Each test has a database of its own, because each mostly waits: they run side by side. */
async function open({ onTestFinished }: TestContext) {
  const db = await createTestDatabase()
  onTestFinished(() => db.drop())
  return {
    ...db,
    /** One replica's jobs, with connections of its own. */
    startReplica(
      deliverers: AlertDeliverer[] | undefined,
      { url = db.url, ...options }: Partial<JobsOptions> & { url?: string } = {},
    ): Jobs {
      const gateway = openDatabase({ url, maxConnections: 4, queryTimeoutMs: 15_000, connectTimeoutMs: 15_000 })
      const jobs = startJobs({ store: { gateway, url, gatewayUrl: url }, log: silentLog, deliverers, ...options })
      onTestFinished(async () => {
        await jobs.stop()
        await gateway.close()
      })
      return jobs
    },
  }
}

/** Notes what it was given; `act` may be slow or fail. */
function recorder(act: (alert: Alert) => Promise<void> = async () => {}): AlertDeliverer & { given: string[] } {
  const given: string[] = []
  return {
    name: 'test',
    given,
    async deliver(alert) {
      given.push(alert.id)
      await act(alert)
    },
  }
}

async function addAlerts(database: Database, count: number): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `insert into alerts (kind, details, dedupe_key)
     select 'dead_letter', jsonb_build_object('dead_letter_id', n, 'call_id', null, 'error', 'test'), gen_random_uuid()
     from generate_series(1, $1::int) as n returning id`,
    [count],
  )
  return rows.map((row) => row.id)
}

async function undelivered(database: Database): Promise<number> {
  return (await database.query('select 1 from alerts where delivered_at is null or queued_at is null')).length
}

async function untilDelivered(database: Database, timeout = 20_000): Promise<void> {
  await vi.waitFor(async () => expect(await undelivered(database)).toBe(0), { timeout, interval: 50 })
}

describe.concurrent('alerts', () => {
  test('two replicas that start at once on a new database deliver each, old and new, exactly once, and leave no job', async (context) => {
    const { database, startReplica } = await open(context)
    const before = await addAlerts(database, 150)
    const [a, b] = [recorder(), recorder()]
    startReplica([a])
    startReplica([b])
    await untilDelivered(database)
    const after = await addAlerts(database, 20)
    await untilDelivered(database)
    expect([...a.given, ...b.given].sort()).toEqual([...before, ...after].sort())
    await vi.waitFor(async () => expect(await database.query('select key from graphile_worker.jobs')).toEqual([]))
  })

  test('are told in words, in the client’s language, with the id', async (context) => {
    const { database, startReplica } = await open(context)
    const log = memoryLog()
    const client = await addClient(database)
    const [row] = await database.query<{ id: string }>(
      `insert into alerts (kind, client_id, details, dedupe_key) values ('orphaned_calls', $1, '{"calls": 2}', 'x') returning id`,
      [client],
    )
    startReplica(undefined, { log })
    await untilDelivered(database)
    expect(log.lines).toEqual([
      `[Alerts] c-${client} tem 2 chamadas não liquidadas, registradas como estimativa (status orphaned) (alert ${row?.id})`,
    ])
  })

  test('that could not be delivered come again, under the same id', async (context) => {
    const { database, startReplica } = await open(context)
    const log = memoryLog()
    const flaky = recorder(async () => {
      if (flaky.given.length === 1) throw new Error('mail server away')
    })
    startReplica([flaky], { log })
    const [id] = await addAlerts(database, 1)
    await untilDelivered(database)
    expect(flaky.given).toEqual([id, id])
    expect(log.lines).toEqual([expect.stringMatching(/^\[Jobs\] Failed task .*deliver_alert.*mail server away'?:?$/)])
  })

  test('in hand at a shutdown are waited for', async (context) => {
    const { database, startReplica } = await open(context)
    const slow = recorder(() => delay(700))
    const jobs = startReplica([slow])
    const ids = await addAlerts(database, 1)
    await vi.waitFor(() => expect(slow.given).toEqual(ids), { timeout: 20_000 })
    await jobs.stop()
    expect(await undelivered(database)).toBe(0)
  })

  test('that hang at a shutdown are left to the next process', async (context) => {
    const { database, startReplica } = await open(context)
    const hung = recorder(() => new Promise(() => {}))
    const jobs = startReplica([hung])
    const ids = await addAlerts(database, 1)
    await vi.waitFor(() => expect(hung.given).toEqual(ids), { timeout: 20_000 })
    const elapsedMs = startStopwatch()
    await jobs.stop()
    expect(elapsedMs()).toBeLessThan(8_000)
    const heir = recorder()
    startReplica([heir])
    await untilDelivered(database)
    expect(heir.given).toEqual(ids)
  })

  test('go out behind a transaction pooler, where no notification arrives', async (context) => {
    const { url, database, startReplica } = await open(context)
    const pooler = await startTransactionPooler(url, 6)
    context.onTestFinished(() => pooler.close())
    const deliverer = recorder()
    startReplica([deliverer], { url: pooler.url })
    const early = await addAlerts(database, 3)
    await untilDelivered(database)
    const late = await addAlerts(database, 3)
    await untilDelivered(database)
    expect(deliverer.given.sort()).toEqual([...early, ...late].sort())
  })

  test.for(long ? (['cut', 'strand'] as const) : (['cut'] as const))('go on after connections that break (%s)', async (how, context) => {
    const { url, database, startReplica } = await open(context)
    const link = await openDatabaseLink(url)
    context.onTestFinished(() => link.close())
    const log = memoryLog()
    const deliverer = recorder()
    startReplica([deliverer], { url: link.url, log })
    const early = await addAlerts(database, 1)
    await untilDelivered(database)
    link[how]()
    if (how === 'cut') await delay(1_500)
    link.mend()
    const elapsedMs = startStopwatch()
    const late = await addAlerts(database, 1)
    await untilDelivered(database, 60_000)
    if (how === 'cut') expect(elapsedMs()).toBeLessThan(5_000)
    expect(deliverer.given).toEqual([...early, ...late])
    expect(log.lines.join('\n')).toBe('')
  })
})

/** A PostgreSQL inside and what the gateway has of it, by a link that survives the server's restart. */
async function openInside({ onTestFinished }: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'catraca-jobs-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  await copyCluster(dataDir)
  let server = await startEmbedded({ dataDir })
  onTestFinished(() => server.stop())
  const link = await openDatabaseLink(server.url)
  onTestFinished(() => link.close())
  const owner = openDatabase({ url: link.url })
  onTestFinished(() => owner.close())
  await prepareGatewayLogin(server)
  const gatewayUrl = Object.assign(new URL(server.gatewayUrl), { port: new URL(link.url).port }).href
  const gateway = openDatabase({ url: gatewayUrl })
  onTestFinished(() => gateway.close())
  return {
    owner,
    store: { gateway, url: link.url, gatewayUrl },
    async restart() {
      await server.stop()
      await delay(1_000)
      server = await startEmbedded({ dataDir })
      link.moveTo(server.url)
    },
  }
}

test('PostgreSQL inside, restarted under the gateway’s own role: back within 5 s; prices and partitions are jobs too', async (context) => {
  const { owner, store, restart } = await openInside(context)
  const log = memoryLog()
  const deliverer = recorder()
  const jobs = startJobs({ store, log, deliverers: [deliverer] })
  context.onTestFinished(() => jobs.stop())
  const early = await addAlerts(store.gateway, 5)
  await untilDelivered(owner)

  await restart()
  const elapsedMs = startStopwatch()
  const late = await addAlerts(store.gateway, 1)
  await untilDelivered(owner)
  const tookMs = elapsedMs()
  console.log(`the worker was back ${Math.round(tookMs)} ms after PostgreSQL`)
  expect(tookMs).toBeLessThan(5_000)
  expect(deliverer.given.sort()).toEqual([...early, ...late].sort())

  await store.gateway.query(`select graphile_worker.add_job(task, '{}') from unnest(array['keep_months', 'sync_prices']) as task`)
  // A delivery that was done as the server stopped has a job that nobody will do again: deliver_alert does not count.
  const left = `select task_identifier, last_error from graphile_worker.jobs where task_identifier <> 'deliver_alert'`
  await vi.waitFor(async () => expect(await owner.query(left)).toEqual([]), { timeout: 20_000 })
  expect(log.lines.filter((line) => !line.startsWith('[Models]')).join('\n')).toBe('')
})

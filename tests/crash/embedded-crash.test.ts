import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedServer, startEmbedded } from '../../src/database/index.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { callGateway } from '../_support/call-gateway.ts'
import { type Fleet, type GatewayProcess, openFleet } from '../_support/gateway-fleet.ts'
import { count } from '../_support/ledger.ts'
import { copyCluster } from '../_support/made-cluster.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { startStopwatch } from '../_support/stopwatch.ts'

// The PostgreSQL inside dies under a running gateway, as when the system is out of memory: the gateway starts it again.
let dataDir: string
let server: EmbeddedServer
let fleet: Fleet
let gateway: GatewayProcess

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'catraca-inside-'))
  await copyCluster(dataDir)
  server = await startEmbedded({ dataDir })
  fleet = await openFleet({ databaseUrl: server.url })
  gateway = await fleet.start(dataDir, { DATABASE_URL: '' })
})
afterAll(async () => {
  await expectBooksInOrder(fleet.database)
  await fleet.close()
  await (await startEmbedded({ dataDir })).stop()
  await rm(dataDir, { recursive: true, force: true })
})

/** 0 where no server holds the directory. */
async function serverPid(): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0])
}

/** To the server that stays, and whose end the gateway would notice. */
async function untilGatewayIsAttached(): Promise<void> {
  await expect.poll(async () => gateway.said.includes(`[Database] PostgreSQL is there again (process ${await serverPid()})`)).toBe(true)
}

async function signalServer(signal: 'SIGKILL' | 'SIGINT'): Promise<number> {
  const pid = await serverPid()
  // A signal to process 0 would reach this test's own group.
  expect(pid).toBeGreaterThan(0)
  process.kill(pid, signal)
  return pid
}

const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'Oi' }] }

test('R6: kill -9 of the PostgreSQL inside, twice: calls are served again within 10 s', async () => {
  const client = await fleet.addClient({ limit: 10_000_000 })
  const call = () => callGateway({ url: gateway.url, key: client.key, body })
  let served = 0
  const tookMs: number[] = []
  for (let round = 0; round < 2; round += 1) {
    expect((await call()).status).toBe(200)
    const killed = await signalServer('SIGKILL')
    const elapsedMs = startStopwatch(gateway.pid)
    // Until then sessions of the killed server may still answer.
    await untilGatewayIsAttached()
    await expect.poll(async () => (await call()).status, { timeout: 20_000, interval: 50 }).toBe(200)
    const againMs = elapsedMs()
    expect(againMs).toBeLessThan(10_000)
    tookMs.push(Math.round(againMs))
    served += 2
    await expect.poll(() => gateway.said.join('\n')).toContain(`PostgreSQL (process ${killed}) is gone and is started again`)
  }
  await expect.poll(() => count(fleet.database, 'gateway_usage_logs'), { timeout: 15_000 }).toBe(served)
  expect(fleet.emulator.counts().served).toBe(served)
  reportFigure(
    'R6',
    undefined,
    `PostgreSQL inside killed (-9) twice under a gateway: calls of a hard budget served again after ${tookMs.join(' and ')} ms`,
  )
})

async function stopInOrder(): Promise<void> {
  await signalServer('SIGINT')
  await expect.poll(() => serverPid()).toBe(0)
}

test('one that somebody stops in order is left alone, and said so; started again, it is used again', async () => {
  const client = await fleet.addClient({ limit: 10_000_000 })
  await stopInOrder()
  await expect.poll(() => gateway.said.join('\n')).toContain('PostgreSQL was stopped')
  expect((await callGateway({ url: gateway.url, key: client.key, body })).status).toBe(503)
  expect(await serverPid()).toBe(0)
  // By any command: it is at the same address.
  await startEmbedded({ dataDir })
  await expect
    .poll(async () => (await callGateway({ url: gateway.url, key: client.key, body })).status, { timeout: 20_000, interval: 50 })
    .toBe(200)
  await untilGatewayIsAttached()
  await stopInOrder()
  const beganMs = performance.now()
  expect(await gateway.stop()).toBe(0)
  expect(performance.now() - beganMs).toBeLessThan(10_000)
  await startEmbedded({ dataDir })
})

import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callGateway } from '../_support/call-gateway.ts'
import { type Fleet, openFleet, spoolFiles } from '../_support/gateway-fleet.ts'
import { reportFigure, testSeed as seed } from '../_support/report-figure.ts'
import { startLoad } from './_support/load.ts'
import { isRunning, type Replica, startUp } from './_support/start-up.ts'

// WEB_CONCURRENCY: the same promises as those of one process (R2, R21), for the processes behind one port.
let fleet: Fleet
let dataDir: string
let gateway: Replica

beforeAll(async () => {
  fleet = await openFleet({ env: { CATRACA_EXPIRE_EVERY_MS: '500', WEB_CONCURRENCY: '2' } })
  dataDir = await fleet.newDataDir()
  gateway = await startUp(fleet.env, { dataDir })
})
afterAll(async () => {
  const workers = gateway.workers()
  await gateway.kill()
  for (const pid of workers) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  await fleet.close()
})

const poll = { timeout: 60_000, interval: 50 }

test('two processes answer on one port, and one that is killed under load is replaced without a loss', async () => {
  expect(gateway.said()).toMatch(/ready on http:\S+ \([\d.]+ s, 2 processes\)/)
  expect(gateway.said().match(/ready on/g)).toHaveLength(1)
  const load = await startLoad(fleet, gateway.url, { callers: 12, seed })
  await load.until(30)
  const [victim = 0, other] = gateway.workers()
  // From here on it takes nothing any more, so at most one connection is on its way to it; the other worker has the rest.
  process.kill(victim, 'SIGSTOP')
  let over = 0
  const probes = Array.from({ length: 4 }, () => probe(gateway.url).finally(() => (over += 1)))
  await expect.poll(() => over, poll).toBeGreaterThanOrEqual(3)
  process.kill(victim, 'SIGKILL')
  // Without an answer or with a whole one, but closed.
  for (const heard of await Promise.all(probes)) expect(heard).toMatch(/^$|^HTTP\/1\.1 200/)
  await expect.poll(() => gateway.workers().length, poll).toBe(2)
  expect(gateway.workers()).toContain(other)
  await expect.poll(() => gateway.said(), poll).toMatch(/listens again/)
  await load.until(20)
  const { failed, verdict, above, busy } = await load.end()
  const { mismatches, ...figures } = verdict
  reportFigure('R2', seed, `a worker killed: ${load.sent.length} calls, ${failed.length} failed, ${busy} busy, ${JSON.stringify(figures)}`)
  expect(mismatches).toEqual([])
  expect(above).toEqual([])
  // Nobody waits for a connection that died with the worker, and nobody else noticed.
  expect(failed.length).toBeLessThanOrEqual(12)
  expect(gateway.said()).toMatch(new RegExp(`worker \\d \\(process ${victim}\\) ended with SIGKILL and is started again`))
}, 180_000)

test('when the first process is killed the others finish their calls, book them and leave', async () => {
  const client = await fleet.addClient({ limit: 1_000_000 })
  await expect.poll(() => gateway.workers().length, poll).toBe(2)
  const workers = gateway.workers()
  const begun: Promise<void>[] = []
  const calls = Array.from({ length: 10 }, () => {
    const content = '[[emulate chunks=40 gap=50]] Diga oi'
    const body = { model: 'openai/gpt-4o-mini', stream: true, max_tokens: 60, messages: [{ role: 'user', content }] }
    let view: ReturnType<typeof callGateway> | undefined
    begun.push(new Promise((resolve) => (view = callGateway({ url: gateway.url, key: client.key, body, onFirstByte: resolve }))))
    return view
  })
  await Promise.all(begun)
  await gateway.kill()
  const views = await Promise.all(calls)
  expect(views.map((view) => [view?.status, view?.complete])).toEqual(views.map(() => [200, true]))
  await expect.poll(() => workers.filter(isRunning), poll).toEqual([])
  expect(await spoolFiles(dataDir)).toEqual([])
  const rows = await fleet.database.query('select status from gateway_usage_logs where client_id = $1', [client.id])
  expect(rows).toEqual(views.map(() => ({ status: 'ok' })))
})

/** What a connection of its own hears until it is closed. */
function probe(url: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n')
  return new Promise((resolve) => {
    let heard = ''
    socket.on('data', (data) => (heard += data)).on('close', () => resolve(heard))
  })
}

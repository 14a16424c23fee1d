import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Agent } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksInOrder } from '../_support/audit.ts'
import { callGateway, newAgent } from '../_support/call-gateway.ts'
import { type Fleet, type GatewayProcess, openFleet } from '../_support/gateway-fleet.ts'
import { seededRandom } from '../_support/ledger.ts'
import { isLong, reportFigure, testSeed } from '../_support/report-figure.ts'

// R22: the memory of a gateway process under all that makes it grow. Half an hour by `npm run test:long`, seconds in `npm test`.
const loadMs = isLong ? Number(process.env.CATRACA_TEST_MINUTES ?? 30) * 60_000 : 10_000
const warmUpMs = isLong ? loadMs / 5 : 5_000
const sampleEveryMs = 250
const megabyte = 1024 * 1024

type Client = Awaited<ReturnType<Fleet['addClient']>>
interface Sample {
  ms: number
  bytes: number
}

const random = seededRandom(testSeed)
const under = (count: number) => Math.floor(random() * count)
const counts = new Map<string, number>()
const note = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)

let fleet: Fleet
let gateway: GatewayProcess
let clients: Client[]
let agent: Agent

beforeAll(async () => {
  fleet = await openFleet({ env: { CATRACA_IDLE_TIMEOUT_MS: '1500', CATRACA_DRAIN_TIMEOUT_MS: '2000', CATRACA_TOTAL_TIMEOUT_MS: '20000' } })
  await fleet.database.query('update shared_gateway_config set default_fallback_chain = default')
  clients = await Promise.all(Array.from({ length: 12 }, (_, index) => fleet.addClient(...(index % 2 ? [{ limit: 4_000_000_000 }] : []))))
  gateway = await fleet.start(await fleet.newDataDir())
  agent = newAgent()
})
afterAll(async () => {
  agent.destroy()
  await fleet.close()
})

test.skipIf(process.platform !== 'linux')('memory does not grow with what has passed through', { timeout: loadMs + 90_000 }, async () => {
  const load = { isOn: true }
  const idleBytes = await residentBytes()
  const samples: Sample[] = []
  const beganMs = performance.now()
  const sampling = (async () => {
    while (load.isOn) {
      samples.push({ ms: performance.now() - beganMs, bytes: await residentBytes() })
      await delay(sampleEveryMs)
    }
  })()
  const big = JSON.stringify('Oi, uma ação. '.repeat((9.5 * megabyte) / 16)).slice(1, -1)
  const callers = [
    ...times(8, () => repeat(load, ordinary)),
    ...times(2, () => repeat(load, () => hugePrompt(big))),
    ...times(3, () => repeat(load, stranger)),
    ...times(6, () => repeat(load, () => reader(load, 16))),
    ...times(3, () => repeat(load, () => reader(load, 0))),
  ]
  await delay(loadMs)
  load.isOn = false
  await Promise.all([...callers, sampling])
  await delay(isLong ? 3_000 : 1_000)
  const restingBytes = await residentBytes()

  const steady = samples.filter(({ ms }) => ms >= warmUpMs)
  const slope = slopeOf(steady)
  const half = Math.floor(steady.length / 2)
  const [early, late] = [median(steady.slice(0, half)), median(steady.slice(half))]
  const minutes = Map.groupBy(samples, ({ ms }) => Math.floor(ms / 60_000))
  const show = (bytes: number) => `${(bytes / megabyte).toFixed(0)} MB`
  reportFigure(
    'R22',
    testSeed,
    `${[...counts].map(([what, count]) => `${count} ${what}`).join(', ')} in ${(loadMs / 1000).toFixed(0)} s. ` +
      `RSS ${show(idleBytes)} at the start, ${show(early)} in the first half after the warm-up, ${show(late)} in the second, ` +
      `${show(Math.max(...samples.map(({ bytes }) => bytes)))} at the most, ${show(restingBytes)} after it; ` +
      `slope ${(slope * 100).toFixed(2)} % in 10 min; minute by minute ${[...minutes.values()].map((each) => show(median(each))).join(', ')}`,
  )
  expect(gateway.isRunning()).toBe(true)
  expect([...counts.keys()]).not.toContain('made-up keys answered 200 undefined')
  // About 360 MB were measured, most of it two prompts of 10 MB at a time. On a busy machine the short form is still warming up.
  expect(Math.max(...samples.map(({ bytes }) => bytes))).toBeLessThan(900 * megabyte)
  expect(late).toBeLessThan(isLong ? early * 1.1 : early + 150 * megabyte)
  if (isLong) expect(slope).toBeLessThan(0.01)
  await expectBooksInOrder(fleet.database)
})

/** Streams, whole answers, callers who leave, targets that fail, and names of models that nobody has heard of. */
async function ordinary(): Promise<void> {
  const client = clients[under(clients.length)] as Client
  const names = [
    'openai/gpt-4o-mini',
    'groq/llama-3.3-70b-versatile',
    'google/gemini-2.5-flash',
    `openai/gpt-4o-mini-${date()}`,
    'openai/no-such',
  ]
  const markers = ['', '', '', '[[emulate status=503]]', '[[emulate cut=2]]'][under(5)]
  const view = await callGateway({
    url: gateway.url,
    key: client.key,
    agent,
    body: {
      model: names[under(names.length)],
      messages: [{ role: 'user', content: `reply with ${under(60) + 1} words ${markers}` }],
      stream: random() < 0.5,
      max_tokens: 100,
      user: randomBytes(8).toString('hex'),
    },
    leave: random() < 0.1 ? AbortSignal.timeout(under(20)) : undefined,
  })
  note(view.status === 200 ? 'answers' : 'failures')
}

async function hugePrompt(text: string): Promise<void> {
  const client = clients[under(clients.length)] as Client
  const body = { model: 'openai/gpt-4.1-mini', messages: [{ role: 'user', content: `reply with 3 words ${text}` }], max_tokens: 20 }
  const view = await callGateway({ url: gateway.url, key: client.key, agent, body })
  note(view.status === 200 ? 'prompts of 10 MB' : `prompts of 10 MB refused (${view.status} ${view.errorCode})`)
}

async function stranger(): Promise<void> {
  const key = `ctk_${randomBytes(32).toString('base64url')}`
  const view = await callGateway({ url: gateway.url, key, agent, body: { model: 'openai/gpt-4o-mini', messages: [] } })
  // While the database is slow it cannot be known whose key it is; it is nobody's all the same.
  note(view.status === 401 ? 'made-up keys refused' : `made-up keys answered ${view.status} ${view.errorCode}`)
}

/** Reads so many bytes every tenth of a second of a stream of several megabytes, until it is let go. */
async function reader(load: { isOn: boolean }, bytes: number): Promise<void> {
  const client = clients[under(clients.length)] as Client
  const content = 'Oi [[emulate chunks=30000]]'
  const payload = JSON.stringify({ model: 'openai/gpt-4.1-mini', messages: [{ role: 'user', content }], stream: true, max_tokens: 32_000 })
  const { hostname, port } = new URL(gateway.url)
  const socket = connect({ port: Number(port), host: hostname })
  socket.pause()
  socket.on('error', () => {})
  const closed = once(socket, 'close').catch(() => {})
  await once(socket, 'connect')
  const head = ['POST /v1/chat/completions HTTP/1.1', 'host: x', `authorization: Bearer ${client.key}`, `content-length: ${payload.length}`]
  socket.write(`${head.join('\r\n')}\r\n\r\n${payload}`)
  for (let i = 0; i < 40 && load.isOn && !socket.destroyed; i += 1) {
    await delay(100)
    if (bytes > 0) socket.read(bytes)
  }
  socket.destroy()
  await closed
  note(bytes > 0 ? 'slow readers' : 'readers of nothing')
}

async function repeat(load: { isOn: boolean }, once: () => Promise<void>): Promise<void> {
  while (load.isOn) await once()
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

function date(): string {
  const two = (most: number) => String(under(most) + 1).padStart(2, '0')
  return `20${two(98)}-${two(12)}-${two(28)}`
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${gateway.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

function median(samples: readonly Sample[]): number {
  return samples.map(({ bytes }) => bytes).sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0
}

/** By linear regression: growth in ten minutes as a share of the mean. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (pick: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length
  const [meanMs, meanBytes] = [mean(({ ms }) => ms), mean(({ bytes }) => bytes)]
  const covariance = mean(({ ms, bytes }) => (ms - meanMs) * (bytes - meanBytes))
  return ((covariance / mean(({ ms }) => (ms - meanMs) ** 2)) * 600_000) / meanBytes
}

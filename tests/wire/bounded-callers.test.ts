import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { post, user } from './_support/caller.ts'
import { expectBooksClosed, oracleOf, type UsageRow } from './_support/settled.ts'

// What a caller can make the gateway keep, by reading nothing or by sending much, has an end.

const model = 'openai/gpt-4o-mini'
const megabyte = 1024 * 1024

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    env: {
      CATRACA_IDLE_TIMEOUT_MS: '1000',
      CATRACA_BODIES_LIMIT_MB: '8',
      CATRACA_BODY_LIMIT_MB: '4',
      CATRACA_FIRST_BYTE_TIMEOUT_MS: '20000',
    },
  })
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

/** A connection of our own, of which nothing is read unless the test does. */
async function open(body: object, { key = gateway.client.key, sendBody = true, asksFirst = false } = {}): Promise<Socket> {
  const payload = Buffer.from(JSON.stringify(body))
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  socket.pause()
  socket.on('error', () => {})
  await once(socket, 'connect')
  const lines = ['POST /v1/chat/completions HTTP/1.1', 'host: x', `authorization: Bearer ${key}`, `content-length: ${payload.length}`]
  if (asksFirst) lines.push('expect: 100-continue')
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  if (sendBody) socket.write(payload)
  return socket
}

async function statusOf(socket: Socket): Promise<string | undefined> {
  socket.resume()
  const [first] = await once(socket, 'data')
  return String(first).split(' ')[1]
}

const big = (bytes: number) => ({ model, messages: user(`Oi ${'x'.repeat(bytes)}`), max_tokens: 16 })

test('a caller who never reads is let go after the idle timeout, and charged exactly what was served', async () => {
  const words = user('Oi [[call never-read]] [[emulate chunks=30000]]')
  const beganMs = performance.now()
  const socket = await open({ model: 'openai/gpt-4.1-mini', messages: words, stream: true, max_tokens: 32_000 })
  const row = await vi.waitFor(
    async () => {
      const [found] = await gateway.database.query<UsageRow>('select * from gateway_usage_logs where client_id = $1', [gateway.client.id])
      expect(found).toBeDefined()
      return found as UsageRow
    },
    { timeout: 40_000, interval: 50 },
  )
  const tookMs = performance.now() - beganMs
  expect(tookMs).toBeGreaterThan(1_000)
  console.log(`a reader of nothing was let go after ${Math.round(tookMs)} ms`)
  const truth = oracleOf(gateway, row)
  expect(row).toMatchObject({ status: 'cancelled', output_tokens: BigInt(truth.outputTokensServed), flags: [] })
  // The connection itself is gone: what the kernel had taken comes, and then the cut.
  socket.resume()
  await once(socket, 'close')
})

test('a caller who reads is waited for, and so is a provider that is silent', async () => {
  const content = 'reply with 6 words [[emulate gap=300 delay=1500]]'
  const answer = await post(gateway, { model, messages: user(content), stream: true })
  const text = await answer.text()
  expect(text).toContain('data: [DONE]')
})

test('a stranger’s large body is refused before it is read', async () => {
  const socket = await open(big(2 * megabyte), { key: `ctk_${'a'.repeat(43)}`, sendBody: false })
  expect(await statusOf(socket)).toBe('401')
  socket.destroy()
})

test('large bodies under way are bounded: half of the room for one client, all of it for all', async () => {
  const [one, two, three] = await Promise.all([gateway.addClient(), gateway.addClient(), gateway.addClient()])
  const body = big(3.5 * megabyte)
  // Their keys are known from here on, so that the heads below are let in as they come.
  for (const client of [one, two, three]) expect((await post(gateway, big(10), { client })).status).toBe(200)
  // Each sends its head and keeps its body back.
  const held = await Promise.all([one, two].map(({ key }) => open(body, { key, sendBody: false, asksFirst: true })))
  // Said as a head comes in, so their room is taken by then.
  for (const socket of held) expect(await statusOf(socket)).toBe('100')
  for (const client of [one, three]) {
    const refused = await post(gateway, body, { client, headers: { 'accept-language': 'en' } })
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.json()).toMatchObject({
      error: { code: 'gateway_busy', message: expect.stringContaining('CATRACA_BODIES_LIMIT_MB') },
    })
  }
  // Small ones pass at all times.
  expect((await post(gateway, big(10), { client: three })).status).toBe(200)
  for (const socket of held) socket.destroy()
  await vi.waitFor(async () => expect((await post(gateway, body, { client: three })).status).toBe(200), { timeout: 15_000, interval: 100 })
})

test('a body of unknown length takes no more room than it has, once it is here', async () => {
  const client = await gateway.addClient()
  const send = (content: string) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.key}`, 'content-type': 'application/json' },
      body: new Blob([JSON.stringify({ model, messages: user(content), stream: true, max_tokens: 300 })]).stream(),
      duplex: 'half',
    } as RequestInit)
  const first = await send('Oi [[emulate chunks=40 gap=50]]')
  expect(first.status).toBe(200)
  // Its answer has begun and goes on: beside it there is room for one of the longest that are allowed.
  const second = await send('reply with 2 words')
  expect(second.status).toBe(200)
  expect(await second.text()).toContain('data: [DONE]')
  expect(await first.text()).toContain('data: [DONE]')
})

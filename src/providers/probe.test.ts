import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../emulator/index.ts'
import { createUpstream, defaultBaseUrls, type ProviderName, type Upstream } from './index.ts'

const key = 'sk-test-good-0001'
const names: ProviderName[] = ['openai', 'groq', 'anthropic', 'google']

let emulator: Emulator
let upstream: Upstream
beforeAll(async () => {
  emulator = await startEmulator({ keys: [key] })
  upstream = createUpstream({ baseUrls: emulator.baseUrls })
})
afterAll(async () => {
  await upstream.close()
  await emulator.close()
})

test.each([...names, 'vercel'] as ProviderName[])('%s takes a good key, and nothing is served', async (name) => {
  expect(await upstream.probe(name, key)).toMatchObject({ ok: true })
  expect(emulator.counts().served).toBe(0)
})

test.each(names)('%s refuses a bad key, and the answer does not quote it', async (name) => {
  const result = await upstream.probe(name, 'sk-test-bad-0002')
  expect(result).toMatchObject({ ok: false, reason: 'refused' })
  expect(JSON.stringify(result)).not.toContain('bad-0002')
})

async function probeOf(status: number, headers: Record<string, string>, body: string) {
  const server = createServer((_incoming, response) => response.writeHead(status, headers).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const by = createUpstream({ baseUrls: { ...defaultBaseUrls, google: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } })
  const result = await by.probe('google', key)
  await by.close()
  await new Promise((resolve) => server.close(resolve))
  return result
}

test.each([
  [400, {}, 'API key not valid. Please pass a valid API key.', 'refused'],
  [400, {}, 'another reason', 'unexpected'],
  [500, {}, 'x'.repeat(1_000_000), 'unexpected'],
  [302, { location: 'http://127.0.0.1:9/' }, '', 'unexpected'],
])('status %i %j is told apart', async (status, headers, body, reason) => {
  expect(await probeOf(status, headers, body)).toMatchObject({ ok: false, reason, httpStatus: status })
})

test('nobody there', async () => {
  const by = createUpstream({ baseUrls: { ...defaultBaseUrls, openai: 'http://127.0.0.1:9/v1' } })
  expect(await by.probe('openai', key)).toEqual({
    ok: false,
    reason: 'unreachable',
    httpStatus: undefined,
    message: 'OpenAI could not be reached',
  })
  expect(await by.probe('openai', 'sk-test\nnewline')).toMatchObject({ ok: false, reason: 'unreachable' })
  await by.close()
})

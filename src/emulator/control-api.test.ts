import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Emulator, startEmulator } from './index.ts'

let emulator: Emulator
const lines: string[] = []
beforeAll(async () => {
  emulator = await startEmulator({ latencyMs: 1, log: (line) => lines.push(line) })
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

async function control(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${emulator.url}/_emulator${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}

function chat(prompt: string): Promise<Response> {
  return fetch(`${emulator.baseUrls.groq}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer gsk-test-control', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'llama-3.1-8b-instant', messages: [{ role: 'user', content: prompt }], temperature: 0.2 }),
  })
}

test('keys, faults, counts, records and reset go over HTTP', async () => {
  expect((await chat('oi')).status).toBe(401)
  await control('POST', '/keys', { keys: ['gsk-test-control'] })
  const served = await chat('oi [[call first]]')
  await control('POST', '/faults', { match: { provider: 'groq', times: 1 }, status: 503 })
  expect((await chat('oi [[call second]]')).status).toBe(503)
  expect((await chat('oi [[call third]]')).status).toBe(200)
  expect(await control('GET', '/counts')).toMatchObject({
    received: 4,
    unauthorized: 1,
    accepted: 3,
    served: 2,
    failed: 1,
    byProvider: { groq: { finished: 2 } },
  })
  const first = { call: 'first', requestId: served.headers.get('x-request-id'), status: 200, sequence: 1 }
  expect(await control('GET', '/served?call=first')).toMatchObject([first])
  expect(await control('GET', '/served?after=1&limit=1')).toMatchObject([{ call: 'second' }])
  expect(await control('GET', '/served?outcome=failed')).toMatchObject([{ call: 'second', outcome: 'failed' }])
  await control('DELETE', '/reset')
  expect(await control('GET', '/served')).toEqual([])
  expect(await control('GET', '/counts')).toMatchObject({ received: 0, accepted: 0, byProvider: {} })
  expect((await chat('oi')).status).toBe(200)
})

test('requests are kept as they arrived, without their key', async () => {
  emulator.accept('gsk-test-control')
  await chat('oi')
  const [seen] = emulator.requests()
  expect(seen).toMatchObject({ provider: 'groq', path: '/groq/openai/v1/chat/completions', body: { temperature: 0.2 } })
  expect(JSON.stringify(emulator.requests())).not.toContain('gsk-test-control')
  expect(await control('GET', '/requests')).toHaveLength(1)
})

test('bad faults and unknown routes are refused in words', async () => {
  expect(await control('POST', '/faults', { statsu: 500 })).toEqual({ error: 'unknown field in a fault: statsu' })
  expect(await control('GET', '/nothing')).toEqual({ error: 'no such control route: GET /_emulator/nothing' })
  const unknown = await fetch(`${emulator.baseUrls.openai}/nothing`, { method: 'POST' })
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({ error: { code: 'unknown_url' } })
})

test('one line a request is logged', () => {
  expect(lines).toContain('POST /groq/openai/v1/chat/completions 401')
})

test('a port in use is an error, and a closed emulator frees its own', async () => {
  const port = Number(new URL(emulator.url).port)
  await expect(startEmulator({ port })).rejects.toThrow('EADDRINUSE')
  const first = await startEmulator({ keys: ['sk-test'] })
  await first.close()
  const again = await startEmulator({ port: Number(new URL(first.url).port) })
  await again.close()
})

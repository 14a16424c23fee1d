import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { callGateway } from '../_support/call-gateway.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({
    env: { CATRACA_MAX_CALLS: '2', CATRACA_DRAIN_TIMEOUT_MS: '50', NODE_ENV: 'production', METRICS_TOKEN: 'token-of-a-test-1' },
  })
})
afterAll(() => gateway.close())

test('with as many calls under way as the process takes, the next is refused before anything is spent, and told when to come again', async () => {
  const { context } = gateway.server
  const take = gateway.emulator.inject({ hang: true })
  const ask = (leaving?: AbortSignal) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json', 'accept-language': 'pt-BR' },
      body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }),
      ...(leaving && { signal: leaving }),
    })
  const leaving = new AbortController()
  const held = [1, 2].map(() => ask(leaving.signal).catch(() => undefined))
  await vi.waitUntil(
    () => gateway.emulator.served().length + context.upstream.stats().reduce((sum, { running }) => sum + running, 0) >= 2,
    {
      timeout: 20_000,
    },
  )
  const refused = await ask()
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  expect(await refused.json()).toMatchObject({
    error: { code: 'gateway_busy', message: expect.stringContaining('quantas a sua memória permite') },
  })
  take()
  leaving.abort()
  await Promise.all(held)
  await vi.waitUntil(() => context.callsUnderWay.size === 0, { timeout: 20_000 })
  const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'oi' }] }
  expect((await callGateway({ url: gateway.url, key: gateway.client.key, body })).status).toBe(200)
})

test('in production being on this machine opens no metrics, because a proxy in front may make everybody look local', async () => {
  const status = async (headers = {}) => (await fetch(`${gateway.url}/metrics`, { headers })).status
  expect(await status()).toBe(403)
  expect(await status({ authorization: 'Bearer token-of-a-test-2' })).toBe(403)
  expect(await status({ authorization: 'Bearer token-of-a-test-1' })).toBe(200)
})

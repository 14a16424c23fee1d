import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { within1s } from '../_support/within-1s.ts'
import { failureOf, post, readStream, sdk, user } from './_support/caller.ts'

const model = 'openai/gpt-4o-mini'
const slow = '[[emulate chunks=60 gap=500]]'

let gateway: TestGateway
/** Of the test that runs; may have one call under way. */
let client: TestClient

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_DRAIN_TIMEOUT_MS: '100', CATRACA_LIMITS_WAIT_MS: '10000' } })
})
afterAll(() => gateway.close())
beforeEach(async () => {
  client = await gateway.addClient()
  await cap('clients', 'id', 1)
})

const cap = (table: 'clients' | 'client_api_keys', column: 'id' | 'client_id', most: number | null) =>
  gateway.database.query(`update ${table} set max_concurrent_calls = $2 where ${column} = $1`, [client.id, most])
const ask = { model, max_tokens: 100, messages: user('oi') }
const statusNow = async () => (await post(gateway, ask, { client })).status

/** Runs `meanwhile` while one call of the client is under way. */
async function withOneUnderWay(meanwhile: () => Promise<void>): Promise<void> {
  const controller = new AbortController()
  const under = await post(gateway, { ...ask, messages: user(slow), stream: true }, { client, signal: controller.signal })
  expect(under.status).toBe(200)
  try {
    await meanwhile()
  } finally {
    controller.abort()
    await under.body?.cancel().catch(() => {})
  }
}

describe('a cap on calls at once', () => {
  test('is a 429 that SDKs know, in the language of the caller, with whose cap it is and how many run', async () => {
    await withOneUnderWay(async () => {
      const failure = await failureOf(sdk(gateway, client).chat.completions.create(ask))
      expect(failure).toBeInstanceOf(OpenAI.RateLimitError)
      expect(failure).toMatchObject({ status: 429, code: 'concurrency_limited', type: 'rate_limit_error' })
      expect(failure.message).toContain('O limite deste cliente é de 1 chamada ao mesmo tempo, e 1 chamada em andamento')
      expect(failure.headers?.get('retry-after')).toBe('1')
      expect(failure.error).toMatchObject({ details: { concurrency: { scope: 'client', running: 1, limit: 1 } } })

      const anthropic = new Anthropic({
        apiKey: client.key,
        baseURL: gateway.url,
        maxRetries: 0,
        defaultHeaders: { 'accept-language': 'en' },
      })
      const refused = await anthropic.messages.create(ask).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(Anthropic.RateLimitError)
      expect((refused as InstanceType<typeof Anthropic.APIError>).error).toMatchObject({
        error: {
          type: 'rate_limit_error',
          code: 'concurrency_limited',
          details: { concurrency: { scope: 'client', running: 1, limit: 1 } },
        },
      })
      expect(String(refused)).toContain('The limit for this client is 1 at once, and 1 call is under way')
    })
    expect(
      await gateway.database.query('select 1 from gateway_usage_logs where client_id = $1 and status = $2', [client.id, 'error']),
    ).toEqual([])
  })

  test('costs no request a minute, and an SDK that tries again gets its answer', async () => {
    await gateway.database.query('update client_api_keys set requests_per_minute = 4 where client_id = $1', [client.id])
    const patient = new OpenAI({ apiKey: client.key, baseURL: `${gateway.url}/v1`, maxRetries: 5 })
    await Promise.all([1, 2, 3].map(() => patient.chat.completions.create(ask)))
    expect((await post(gateway, ask, { client })).headers.get('x-ratelimit-remaining-requests')).toBe('0')
  })

  test('holds for a key, and for all clients together; a change is followed within a second', async () => {
    await cap('clients', 'id', null)
    await withOneUnderWay(async () => {
      await within1s(async () => expect(await statusNow()).toBe(200))
      // It counts the calls that began under it, so the one that is under way is none of them.
      await cap('client_api_keys', 'client_id', 1)
      await within1s(async () => expect(await remembered()).toBe(1))
      await withOneUnderWay(async () => {
        expect((await failureOf(sdk(gateway, client).chat.completions.create(ask))).error).toMatchObject({
          details: { concurrency: { scope: 'key', running: 1, limit: 1 } },
        })
      })
    })
    await cap('client_api_keys', 'client_id', null)
    await gateway.database.query('update shared_gateway_config set max_concurrent_calls = 1')
    await within1s(async () => expect((await gateway.server.context.sharedConfig.get()).maxConcurrentCalls).toBe(1))
    await withOneUnderWay(async () => {
      const failure = await failureOf(sdk(gateway).chat.completions.create(ask))
      expect(failure.message).toContain('O limite de todos os clientes juntos é de 1 chamada ao mesmo tempo')
    })
    await gateway.database.query('update shared_gateway_config set max_concurrent_calls = null')
    await within1s(async () => expect((await gateway.server.context.sharedConfig.get()).maxConcurrentCalls).toBe(undefined))
  })

  test('does not count what the cache answers, nor a replay of an Idempotency-Key', async () => {
    await gateway.database.query('update clients set cache_enabled = true where id = $1', [client.id])
    await expect.poll(async () => (await gateway.server.context.clients.find(client.id))?.usesCache).toBe(true)
    const keyed = { client, headers: { 'idempotency-key': 'places-1', 'cache-control': 'no-store' } }
    expect((await post(gateway, ask, keyed)).status).toBe(200)
    await readStream(sdk(gateway, client), ask)
    await withOneUnderWay(async () => {
      const hit = await readStream(sdk(gateway, client), ask)
      expect(hit.headers.get('x-catraca-cache')).toBe('hit')
      const replay = await post(gateway, ask, keyed)
      expect([replay.status, replay.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
      expect(await statusNow()).toBe(429)
      // A key whose call was refused stands for nothing yet: it is tried again once there is a place.
      expect((await post(gateway, ask, { client, headers: { 'idempotency-key': 'places-2', 'cache-control': 'no-store' } })).status).toBe(
        429,
      )
    })
    const again = () => post(gateway, ask, { client, headers: { 'idempotency-key': 'places-2', 'cache-control': 'no-store' } })
    await expect.poll(async () => (await again()).status, { timeout: 15_000 }).toBe(200)
  })

  test('clients without one have no places, and nothing is asked for them', async () => {
    await cap('clients', 'id', null)
    await expect.poll(async () => (await gateway.server.context.clients.find(client.id))?.maxConcurrentCalls).toBe(undefined)
    await withOneUnderWay(async () => {
      expect(
        await gateway.database.query('select 1 from call_places p join clients c on c.id = p.id where c.id = $1', [client.id]),
      ).toEqual([])
      expect(await statusNow()).toBe(200)
    })
  })
})

const remembered = async () => (await gateway.server.context.clients.authenticate(client.key)).key.maxConcurrentCalls

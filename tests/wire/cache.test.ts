import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { clearCache } from '../../src/cache/index.ts'
import { changeClient, generateClientKey, setSemanticCache } from '../../src/clients/index.ts'
import { readConfig } from '../../src/config/index.ts'
import { explainCall } from '../../src/gateway/index.ts'
import { type RunningServer, startServer } from '../../src/server.ts'
import { silentLog } from '../../src/shared/log.ts'
import { summarizeUsage } from '../../src/usage/index.ts'
import { type DatabaseLink, openDatabaseLink } from '../_support/database-link.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { addBudget } from '../_support/ledger.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { post, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const model = 'openai/gpt-4o-mini'
const maxAnswerBytes = 20_000

let gateway: TestGateway
/** Another replica on the same database, whose way to it can be broken. */
let other: RunningServer
let link: DatabaseLink
let otherDir: string
/** Of the test that runs: nothing of another one is cached for it. */
let client: TestClient

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_CACHE_MAX_ANSWER_BYTES: String(maxAnswerBytes), CATRACA_CACHE_WAIT_MS: '5000' } })
  link = await openDatabaseLink(gateway.env.DATABASE_URL ?? '')
  otherDir = await mkdtemp(join(tmpdir(), 'catraca-gateway-'))
  other = await startServer(readConfig({ ...gateway.env, DATABASE_URL: link.url, CATRACA_DATA_DIR: otherDir }), { log: silentLog })
  await untilRateIsKnown(gateway)
  await setCache(true, 3_600)
  await setShared(gateway, { chain: [] })
})
afterAll(async () => {
  await other.close()
  await link.close()
  await gateway.close()
  await rm(otherDir, { recursive: true, force: true })
})
beforeEach(async () => {
  client = await gateway.addClient()
  await addBudget(gateway.database, client.id, { type: 'tokens', period: 'monthly', limit: 1_000_000, hard: true })
})
afterEach(async () => {
  link.mend()
  await expectBooksClosed(gateway)
})

async function setCache(enabled: boolean, ttlSeconds: number): Promise<void> {
  await gateway.database.query('update shared_gateway_config set cache_enabled = $1, cache_ttl_seconds = $2', [enabled, ttlSeconds])
  await vi.waitFor(
    async () => {
      for (const { context } of [gateway.server, other])
        expect(await context.sharedConfig.get()).toMatchObject({ cacheEnabled: enabled, cacheTtlSeconds: ttlSeconds })
    },
    { timeout: 10_000, interval: 10 },
  )
}

/** A second key of the client. */
async function addKey(): Promise<TestClient> {
  const { key, hash, prefix } = generateClientKey()
  await gateway.database.query('insert into client_api_keys (client_id, name, prefix, hash) values ($1, $2, $3, $4)', [
    client.id,
    'second',
    prefix,
    hash,
  ])
  return { id: client.id, key }
}

let labels = 0

/** A request that the emulator can be asked about afterwards. */
function request(directives = '', more: Record<string, unknown> = {}) {
  labels += 1
  const label = `cache-${labels}`
  const content = `reply with 20 words [[call ${label}]] ${directives === '' ? '' : `[[emulate ${directives}]]`}`
  return {
    body: { model, messages: user(content), ...more },
    served: () => gateway.emulator.served().filter(({ call }) => call === label).length,
  }
}

interface Seen {
  status: number
  cache: string | null
  callId: string
  headers: Headers
  body: string
}

async function ask(body: unknown, asking: { client?: TestClient; headers?: Record<string, string>; url?: string } = {}): Promise<Seen> {
  const at = { ...gateway, url: asking.url ?? gateway.url }
  const response = await post(at, body, { client: asking.client ?? client, headers: asking.headers ?? {} })
  return {
    status: response.status,
    cache: response.headers.get('x-catraca-cache'),
    callId: response.headers.get('x-catraca-call-id') ?? '',
    headers: response.headers,
    body: await response.text(),
  }
}

/** Until it is there for other replicas. */
async function untilShared(answers: number): Promise<void> {
  const count = () => gateway.database.query('select 1 from response_cache where client_id = $1', [client.id]).then((rows) => rows.length)
  await expect.poll(count, { timeout: 10_000, interval: 5 }).toBe(answers)
}

async function used(): Promise<string> {
  const [row] = await gateway.database.query<{ used: bigint }>(
    'select sum(p.used) as used from budget_periods p join budgets b on b.id = p.budget_id where b.client_id = $1',
    [client.id],
  )
  return String(row?.used)
}

describe('the same request again', () => {
  test.each([false, true])(
    'gets the same bytes as a call of its own that costs nothing and says what it saved (stream: %s)',
    async (stream) => {
      const { body, served } = request('', { stream, ...(stream && { stream_options: { include_usage: true } }) })
      const first = await ask(body)
      expect([first.status, first.cache]).toEqual([200, 'miss'])
      const paid = await settled(gateway, first.callId)
      const spent = await used()
      const again = await ask(body)
      expect([again.status, again.cache, again.body]).toEqual([200, 'hit', first.body])
      expect(again.callId).not.toBe(first.callId)
      expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
      expect(again.headers.get('x-catraca-cost-usd')).toBe('0')
      expect(again.headers.get('x-catraca-cost-brl')).toBe('0')
      expect(served()).toBe(1)
      const row = await settled(gateway, again.callId)
      const { client_id, provider, model_name, via, usd_brl_rate } = paid
      expect(row).toMatchObject({ client_id, provider, model_name, via, usd_brl_rate, status: 'ok', was_cached: true })
      expect(row).toMatchObject({ total_tokens: 0n, cost_usd: '0.000000000000', charges: [], attempts: [], request_id: null })
      expect(row).toMatchObject({ saved_usd: paid.cost_usd, saved_brl: paid.cost_brl })
      expect(await used()).toBe(spent)
      expect(await explainCall(gateway.database, again.callId)).toMatchObject({
        call: { was_cached: true, saved_usd: paid.cost_usd.replace(/0+$/, '') },
        cost: { usd: '0', agrees: true },
        attempts: [],
      })
      const [sums] = await summarizeUsage(gateway.database, {
        by: 'all',
        clientId: client.id,
        from: new Date(Date.now() - 60_000),
        to: new Date(),
      })
      expect(sums).toMatchObject({ calls: 2n, cache_hits: 1n })
      expect(Number(sums?.saved_usd)).toBe(Number(paid.cost_usd))
    },
  )

  test('reads like any other answer in the official SDK, as a stream too', async () => {
    const { body, served } = request()
    const openai = sdk(gateway, client)
    const whole = () => openai.chat.completions.create(body)
    expect(await whole()).toEqual(await whole())
    const stream = async () => {
      const chunks: unknown[] = []
      for await (const chunk of await openai.chat.completions.create({ ...body, stream: true })) chunks.push(chunk)
      return chunks
    }
    const first = await stream()
    expect(first.length).toBeGreaterThan(5)
    expect(await stream()).toEqual(first)
    expect(served()).toBe(2)
  })

  test('is the same whatever the order of its members, its labels and the name of its model', async () => {
    const { body, served } = request('', {
      temperature: 0.2,
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
    })
    expect((await ask(body)).cache).toBe('miss')
    const reversed = Object.fromEntries(Object.entries(body).toReversed())
    for (const same of [reversed, { ...body, user: 'maria', metadata: { a: 'b' } }, { ...body, model: 'gpt-4o-mini' }]) {
      expect((await ask(same)).cache).toBe('hit')
    }
    for (const another of [
      { ...body, temperature: 0.3 },
      { ...body, seed: 1 },
      { ...body, tools: [] },
    ]) {
      expect((await ask(another)).cache).toBe('miss')
    }
    expect(served()).toBe(4)
  })

  test('is found by every replica, sealed in the database', async () => {
    const { body, served } = request()
    const first = await ask(body)
    await untilShared(1)
    const [row] = await gateway.database.query<{ sealed: Buffer }>('select sealed from response_cache where client_id = $1', [client.id])
    const words = (JSON.parse(first.body) as { choices: [{ message: { content: string } }] }).choices[0].message.content
    expect(row?.sealed.includes(words.slice(0, 10))).toBe(false)
    const there = await ask(body, { url: other.url })
    expect([there.cache, there.body]).toEqual(['hit', first.body])
    expect(served()).toBe(1)
  })

  test('with an Idempotency-Key is answered from the cache too', async () => {
    const { body, served } = request()
    await ask(body)
    const headers = { 'idempotency-key': randomUUID() }
    const keyed = await ask(body, { headers })
    expect(keyed.cache).toBe('hit')
    const repeat = await ask(body, { headers })
    expect([repeat.callId, repeat.body, repeat.headers.get('idempotent-replayed')]).toEqual([keyed.callId, keyed.body, 'true'])
    expect(served()).toBe(1)
  })
})

test('S8: no answer crosses between clients, keys, models, system prompts or kinds of answer', async () => {
  const second = await gateway.addClient()
  const prompt = request().body.messages
  const room: { key: TestClient; body: Record<string, unknown> }[] = []
  for (const key of [client, await addKey(), second])
    for (const named of [model, 'openai/gpt-4o', 'groq/llama-3.3-70b-versatile'])
      for (const system of ['Be brief.', 'Be long.', undefined])
        for (const stream of [false, true])
          room.push({
            key,
            body: { model: named, stream, messages: [...(system ? [{ role: 'system', content: system }] : []), ...prompt] },
          })
  const seen = await Promise.all(room.map(({ key, body }) => ask(body, { client: key })))
  expect(seen.map(({ cache }) => cache)).toEqual(room.map(() => 'miss'))
  const again = await Promise.all(room.map(({ key, body }) => ask(body, { client: key })))
  expect(again.map(({ cache, body }) => [cache, body])).toEqual(seen.map(({ body }) => ['hit', body]))
  // Each answer has an id of its own, so a foreign one would show.
  expect(new Set(seen.map(({ body }) => /"id":"([^"]+)"/.exec(body)?.[1])).size).toBe(room.length)
  reportFigure('S8', undefined, `the same prompt in ${room.length} rooms (client, key, model, system prompt, kind of answer): 0 cross hits`)
})

describe('a client that is to be answered by meaning is served all the same', () => {
  const embeddings = () =>
    gateway.database.query<{ status: string }>("select status from gateway_usage_logs where client_id = $1 and source = 'cache'", [
      client.id,
    ])

  beforeEach(async () => {
    await setSemanticCache(gateway.database, client.id, { model: 'openai/text-embedding-3-small', similarity: 0.9 })
    await expect
      .poll(() => gateway.server.context.clients.find(client.id), { timeout: 10_000, interval: 5 })
      .toMatchObject({ semanticCache: { similarity: 0.9 } })
  })

  test.each([
    ['pgvector is gone', '', ['ok']],
    ['its embedding fails', 'status=500 provider=openai', ['error']],
    ['its embedding is slow, which is booked when it comes', 'delay=2500 provider=openai', ['ok']],
  ])('where %s, and pays for no other one soon', async (_what, directives, statuses) => {
    for (const { body } of [request(directives), request(directives), request(directives)]) {
      const seen = await ask({ ...body, model: 'groq/llama-3.3-70b-versatile' })
      expect([seen.status, seen.cache]).toEqual([200, 'miss'])
    }
    await expect.poll(embeddings, { timeout: 10_000 }).toEqual(statuses.map((status) => ({ status })))
  })
})

describe('for how long', () => {
  test('cache_ttl_seconds says, and a shorter one counts at once', async () => {
    const { body } = request()
    await ask(body)
    expect((await ask(body)).cache).toBe('hit')
    await setCache(true, 1)
    await expect.poll(async () => (await ask(body)).cache, { timeout: 15_000, interval: 50 }).toBe('miss')
    await setCache(true, 3_600)
  })

  test('cache-control says less: max-age, no-cache, no-store', async () => {
    const { body, served } = request()
    const asking = (control: string) => ask(body, { headers: { 'cache-control': control } }).then(({ cache }) => cache)
    expect(await asking('no-store')).toBe('off')
    expect(await asking('max-age=60')).toBe('miss')
    expect(await asking('private, max-age=60')).toBe('hit')
    expect(await asking('no-store')).toBe('off')
    expect(await asking('no-cache')).toBe('miss')
    expect(await asking('max-age=0')).toBe('miss')
    expect(await asking('max-stale=9')).toBe('hit')
    expect(served()).toBe(5)
    await expect.poll(() => asking('max-age=1'), { timeout: 15_000, interval: 50 }).toBe('miss')
    expect(await asking('')).toBe('hit')
  })

  test('until it is cleared, on every replica', async () => {
    const { body } = request()
    const stays = request()
    const neighbour = await gateway.addClient()
    await ask(body)
    await ask(stays.body, { client: neighbour })
    await untilShared(1)
    expect((await ask(body, { url: other.url })).cache).toBe('hit')
    expect(await clearCache(gateway.database, client.id)).toMatchObject({ answers: 1 })
    await expect
      .poll(() => Promise.all([gateway.server, other].map(({ context }) => context.clients.find(client.id))), {
        timeout: 10_000,
        interval: 5,
      })
      .toMatchObject([{ cacheEpoch: 1 }, { cacheEpoch: 1 }])
    expect((await ask(body)).cache).toBe('miss')
    await untilShared(1)
    expect((await ask(stays.body, { client: neighbour })).cache).toBe('hit')
    await clearCache(gateway.database, undefined)
    await expect.poll(async () => (await ask(stays.body, { client: neighbour })).cache, { timeout: 10_000 }).toBe('miss')
  })
})

describe('who asks at the same time', () => {
  test.each([false, true])('100 at once are one call with 100 answers (stream: %s)', async (stream) => {
    const { body, served } = request('delay=150 gap=5', { stream })
    const seen = await Promise.all(Array.from({ length: 100 }, () => ask(body)))
    expect(new Set(seen.map(({ status, body: bytes }) => `${status} ${bytes}`)).size).toBe(1)
    expect(seen.filter(({ cache }) => cache === 'hit')).toHaveLength(99)
    expect(new Set(seen.map(({ callId }) => callId)).size).toBe(100)
    expect(served()).toBe(1)
    for (const { callId } of seen.slice(0, 3)) await settled(gateway, callId)
  })

  test('makes the call alone where the first one fails', async () => {
    const { body, served } = request('delay=150 status=500')
    const seen = await Promise.all(Array.from({ length: 5 }, () => ask(body)))
    expect(seen.map(({ status }) => status)).toEqual(seen.map(() => seen[0]?.status))
    expect(seen[0]?.status).toBeGreaterThanOrEqual(500)
    expect(served()).toBe(5)
  })
})

describe('is not kept', () => {
  test.each<[string, string, Record<string, unknown>, string]>([
    ['cut short by its limit', '', { max_tokens: 4 }, 'miss'],
    ['longer than CATRACA_CACHE_MAX_ANSWER_BYTES', 'chunks=2000', { stream: true }, 'miss'],
    ['an error', 'status=500', {}, 'miss'],
    ['one of several that should differ', '', { n: 2 }, 'off'],
    ['kept by the provider', '', { store: true }, 'off'],
  ])('what is %s', async (_what, directives, more, cache) => {
    const { body } = request(directives, more)
    const first = await ask(body)
    const second = await ask(body)
    expect([first.status, first.cache]).toEqual([directives === 'status=500' ? 503 : 200, cache])
    expect(second.cache).not.toBe('hit')
    expect(await gateway.database.query('select 1 from response_cache where client_id = $1', [client.id])).toEqual([])
  })

  test('what a fallback answered', async () => {
    await setShared(gateway, { chain: ['groq/llama-3.3-70b-versatile'] })
    const { body } = request('status=503 provider=openai')
    const first = await ask(body)
    expect(first.headers.get('x-catraca-fallback')).not.toBeNull()
    expect((await ask(body)).cache).toBe('miss')
    await setShared(gateway, { chain: [] })
  })

  test('what its caller left', async () => {
    const { body, served } = request('gap=20 chunks=20', { stream: true })
    const leaving = new AbortController()
    const response = await post(gateway, body, { client, signal: leaving.signal })
    await response.body?.getReader().read()
    leaving.abort()
    await settled(gateway, response.headers.get('x-catraca-call-id'))
    expect((await ask(body)).cache).toBe('miss')
    expect(served()).toBe(2)
  })

  test('anything of a client that has it switched off, or while all have', async () => {
    const { body } = request()
    await ask(body)
    await changeClient(gateway.database, client.id, { cache_enabled: false })
    await expect.poll(async () => (await ask(body)).cache, { timeout: 10_000 }).toBe('off')
    await setCache(false, 3_600)
    await changeClient(gateway.database, client.id, { cache_enabled: true })
    await expect.poll(async () => (await ask(body)).cache, { timeout: 10_000 }).toBe('hit')
    await changeClient(gateway.database, client.id, { cache_enabled: null })
    await expect.poll(async () => (await ask(body)).cache, { timeout: 10_000 }).toBe('off')
    await setCache(true, 3_600)
  })
})

test('an exhausted budget still gets what costs nothing; a paused one gets nothing', async () => {
  const { body } = request()
  const first = await ask(body)
  await settled(gateway, first.callId)
  await gateway.database.query('update client_budgets set budget_limit = 1 where client_id = $1', [client.id])
  expect((await ask(request().body)).status).toBe(402)
  expect((await ask(body)).cache).toBe('hit')
  await gateway.database.query('update client_budgets set is_paused = true where client_id = $1', [client.id])
  await expect.poll(async () => (await ask(body)).status, { timeout: 10_000 }).toBe(402)
})

test.each(['cut', 'freeze'] as const)('without a database (%s) memory answers, and a miss goes on as without a cache', async (way) => {
  const soft = await gateway.addClient()
  const known = request()
  const unknown = request()
  const first = await ask(known.body, { client: soft, url: other.url })
  link[way]()
  const hit = await ask(known.body, { client: soft, url: other.url })
  expect([hit.status, hit.cache, hit.body]).toEqual([200, 'hit', first.body])
  const miss = await ask(unknown.body, { client: soft, url: other.url })
  expect([miss.status, miss.cache]).toEqual([200, 'miss'])
  expect((await ask(unknown.body, { client: soft, url: other.url })).cache).toBe('hit')
  link.mend()
  // What the spool kept is booked once.
  for (const { callId } of [hit, miss]) await settled(gateway, callId)
})

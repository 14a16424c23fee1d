import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { generateClientKey } from '../../src/clients/index.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { startStopwatch } from '../_support/stopwatch.ts'
import { within1s } from '../_support/within-1s.ts'
import { failureOf, post, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const model = 'openai/gpt-4o-mini'
const ask = { model, messages: user('Oi') }

let gateway: TestGateway
let reached = 0
let rows = 0n

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_BUDGET_WAIT_MS: '100' } })
  await untilRateIsKnown(gateway)
})
afterAll(() => gateway.close())
beforeEach(async () => {
  reached = gateway.emulator.counts().received
  rows = await countRows()
})
afterEach(() => expectBooksClosed(gateway))

async function countRows(): Promise<bigint> {
  const [row] = await gateway.database.query<{ count: bigint }>('select count(*) from gateway_usage_logs')
  return row?.count ?? 0n
}

/** A refusal of ours: no provider was asked, no row was written, and the answer says who it was and may not be kept. */
async function expectRefused(failure: InstanceType<typeof OpenAI.APIError>, status: number, code: string): Promise<void> {
  expect({ status: failure.status, code: failure.code }).toEqual({ status, code })
  expect(failure.message.length).toBeGreaterThan(20)
  expect(failure.requestID).toMatch(/^[\da-f-]{36}$/)
  expect(Object.fromEntries(failure.headers ?? [])).toMatchObject({
    'x-catraca-call-id': failure.requestID,
    'x-catraca-cache': 'off',
    'cache-control': 'no-store',
  })
  expect(gateway.emulator.counts().received).toBe(reached)
  expect(await countRows()).toBe(rows)
}

async function rawError(response: Response): Promise<{ code: string; message: string; type: string; param: string | null }> {
  return ((await response.json()) as { error: { code: string; message: string; type: string; param: string | null } }).error
}

describe('400: a body that cannot be meant', () => {
  const bodies: [what: string, body: string | Uint8Array][] = [
    ['nothing', ''],
    ['half a JSON', '{"model": "openai/gpt-4o-mini", "messages": ['],
    ['an array', '[]'],
    ['no messages', JSON.stringify({ model })],
    ['messages of the wrong kind', JSON.stringify({ model, messages: ['oi'] })],
    ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)],
    ['a field that is given twice', `{"model":"${model}","model":"openai/gpt-4o","messages":[{"role":"user","content":"oi"}]}`],
    ['a hundred thousand answers', JSON.stringify({ ...ask, n: 100_000 })],
    ['no answer at all', JSON.stringify({ ...ask, n: 0 })],
    ['a limit below one', JSON.stringify({ ...ask, max_tokens: 0 })],
    ['a limit beyond reason', JSON.stringify({ ...ask, max_tokens: 1e15 })],
    ['JSON a hundred thousand levels deep', `{"messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    [
      'a hundred thousand fields',
      JSON.stringify({ ...ask, ...Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`f${n}`, 1])) }),
    ],
    ['a compressed body, which is not opened', new Uint8Array(gzipSync(JSON.stringify(ask)))],
  ]
  test.each(bodies)('%s', async (_what, body) => {
    const elapsedMs = startStopwatch()
    const headers = body instanceof Uint8Array && body[0] === 0x1f ? { 'content-encoding': 'gzip' } : undefined
    const response = await post(gateway, body, headers && { headers })
    expect(elapsedMs()).toBeLessThan(1000)
    expect(response.status).toBe(400)
    expect(response.headers.get('x-request-id')).toBe(response.headers.get('x-catraca-call-id'))
    expect(await rawError(response)).toMatchObject({ code: 'invalid_body', type: 'invalid_request_error' })
    expect(gateway.emulator.counts().received).toBe(reached)
  })

  test('the SDK makes it a BadRequestError that names the field', async () => {
    const failure = await failureOf(sdk(gateway).chat.completions.create({ ...ask, n: 100_000 }))
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError)
    expect(failure.param).toBe('n')
    await expectRefused(failure, 400, 'invalid_body')
  })
})

describe('401: who is it?', () => {
  test.each([
    ['no key', {}, 'key_missing'],
    ['a key of another kind', { authorization: 'Bearer sk-test-not-ours' }, 'key_unknown'],
    ['a key that nobody has', { authorization: `Bearer ctk_${randomBytes(32).toString('base64url')}` }, 'key_unknown'],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, 'key_missing'],
  ])('%s', async (_what, headers, code) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body: JSON.stringify(ask) })
    expect(response.status).toBe(401)
    expect(await rawError(response)).toMatchObject({ code, type: 'authentication_error' })
    expect(gateway.emulator.counts().received).toBe(reached)
  })

  test('a key is refused as soon as it is revoked, has expired or its client is gone', async () => {
    for (const change of [
      'update client_api_keys set revoked_at = now() where client_id = $1',
      "update client_api_keys set expires_at = now() - interval '1 second' where client_id = $1",
      'delete from clients where id = $1',
    ]) {
      const client = await gateway.addClient()
      await sdk(gateway, client).models.list()
      await gateway.database.query(change, [client.id])
      // Plain SQL is noticed within a second; the wait is for that.
      await within1s(async () => expect(await statusOf(client)).toBe(401))
      const failure = await failureOf(sdk(gateway, client).chat.completions.create(ask))
      expect(failure).toBeInstanceOf(OpenAI.AuthenticationError)
      await expectRefused(failure, 401, change.startsWith('delete') ? 'key_unknown' : 'key_revoked')
    }
  })

  test('the key may come as Anthropic clients send it', async () => {
    const response = await fetch(`${gateway.url}/v1/models`, { headers: { 'x-api-key': gateway.client.key } })
    expect(response.status).toBe(200)
  })
})

async function statusOf(client: TestClient): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${client.key}` } })
  await response.arrayBuffer()
  return response.status
}

describe('403: not for you', () => {
  test('a client that is not enabled, and one that is suspended', async () => {
    const disabled = await gateway.addClient({ enabled: false })
    const failure = await failureOf(sdk(gateway, disabled).chat.completions.create(ask))
    expect(failure).toBeInstanceOf(OpenAI.PermissionDeniedError)
    await expectRefused(failure, 403, 'gateway_disabled')
    const suspended = await gateway.addClient()
    await gateway.database.query("update clients set status = 'suspended' where id = $1", [suspended.id])
    await expectRefused(await failureOf(sdk(gateway, suspended).chat.completions.create(ask)), 403, 'gateway_disabled')
  })

  test('a model that the key may not use, neither asked for nor as a fallback; a snapshot of one that it may is one', async () => {
    const client = await gateway.addClient({ allowedModels: [model] })
    const failure = await failureOf(sdk(gateway, client).chat.completions.create({ ...ask, model: 'groq/llama-3.3-70b-versatile' }))
    expect(failure).toBeInstanceOf(OpenAI.PermissionDeniedError)
    await expectRefused(failure, 403, 'model_not_allowed')
    const failed = await failureOf(sdk(gateway, client).chat.completions.create({ ...ask, messages: user('[[emulate status=500]]') }))
    const row = await settled(gateway, failed.requestID)
    expect(row.attempts.map((attempt) => attempt.model)).toEqual(['gpt-4o-mini'])
    const dated = await sdk(gateway, client).chat.completions.create({ ...ask, model: `${model}-2024-07-18` })
    expect(dated.model).toBe('gpt-4o-mini-2024-07-18')
  })

  test('ENABLE_AI_GATEWAY is on with exactly "true"', async () => {
    for (const flag of ['TRUE', '1']) {
      const off = await startTestGateway({ env: { ENABLE_AI_GATEWAY: flag } })
      const failure = await failureOf(sdk(off).chat.completions.create(ask))
      expect({ status: failure.status, code: failure.code }).toEqual({ status: 403, code: 'gateway_disabled' })
      expect(off.emulator.counts().received).toBe(0)
      const response = await fetch(`${off.url}/api/test/gateway`)
      expect([response.status, await response.json()]).toEqual([400, { error: 'Gateway not enabled for this client' }])
      await off.close()
    }
  })
})

describe('404 and 413', () => {
  test('a model that is not in the registry has no price and is not called', async () => {
    for (const name of [
      'openai/gpt-99',
      'nobody/gpt-4o-mini',
      'http://127.0.0.1/v1',
      '../../etc/passwd',
      'openai/text-embedding-3-small',
    ]) {
      const failure = await failureOf(sdk(gateway).chat.completions.create({ ...ask, model: name }))
      expect(failure).toBeInstanceOf(OpenAI.NotFoundError)
      expect(failure.param).toBe('model')
      await expectRefused(failure, 404, 'unknown_model')
    }
  })

  test('a path that is not ours', async () => {
    await expectRefused(await failureOf(sdk(gateway).post('/nothing', { body: ask })), 404, 'not_found')
  })

  test('a body over 10 MB, of known length or not', async () => {
    const prompt = 'a'.repeat(10 * 1024 * 1024)
    const failure = await failureOf(sdk(gateway).chat.completions.create({ model, messages: user(prompt) }))
    expect(failure.message).toContain('10 MB')
    await expectRefused(failure, 413, 'body_too_large')
    const piece = Buffer.alloc(1024 * 1024, 'a')
    let pieces = 0
    const endless = new ReadableStream({ pull: (controller) => (pieces++ < 64 ? controller.enqueue(piece) : controller.close()) })
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.client.key}` },
      body: endless,
      duplex: 'half',
    } as RequestInit)
    expect(answer.status).toBe(413)
    await answer.arrayBuffer()
  })

  test('a body just below the limit is served', async () => {
    const prompt = `reply with 2 words ${'a'.repeat(10 * 1024 * 1024 - 1000)}`
    const { data, response } = await sdk(gateway)
      .chat.completions.create({ model, messages: user(prompt) })
      .withResponse()
    expect(data.choices[0]?.message.content).toBe('uma ação')
    expect((await settled(gateway, response.headers.get('x-request-id'))).input_tokens).toBeGreaterThan(2_000_000n)
  })
})

describe('402 and 429: the budget', () => {
  async function addBudget(client: TestClient, type: string, limit: string): Promise<void> {
    await gateway.database.query(
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, $2, $3, 'daily', true)`,
      [client.id, type, limit],
    )
  }

  test('exceeded: says which, how much and until when, in words and figures, and is not tried again', async () => {
    const client = await gateway.addClient()
    await addBudget(client, 'tokens', '600')
    const { response } = await sdk(gateway, client)
      .chat.completions.create({ model, messages: user('reply with 30 words') })
      .withResponse()
    const used = Number((await settled(gateway, response.headers.get('x-request-id'))).total_tokens)
    await gateway.database.query('update client_budgets set budget_limit = 150 where client_id = $1', [client.id])
    await expectBooksClosed(gateway)
    reached = gateway.emulator.counts().received
    rows = await countRows()

    let requests = 0
    const counted: typeof fetch = (url, init) => {
      requests++
      return fetch(url, init)
    }
    const failure = await failureOf(sdk(gateway, client, { maxRetries: 3, fetch: counted }).chat.completions.create(ask))
    expect(requests).toBe(1)
    await expectRefused(failure, 402, 'budget_exceeded')
    const { budget } = failure.error as { budget: Record<string, unknown> }
    expect(budget).toMatchObject({
      type: 'tokens',
      period: 'daily',
      limit: 150,
      used,
      remaining: 150 - used,
      time_zone: 'America/Sao_Paulo',
    })
    const resetsAt = new Date(String(budget.resets_at))
    expect(resetsAt.getTime()).toBeGreaterThan(Date.now())
    expect(resetsAt.toLocaleTimeString('en-GB', { timeZone: 'America/Sao_Paulo' })).toBe('00:00:00')
    // A client's language is Portuguese unless the row says otherwise, or the caller does.
    expect(failure.message).toContain(`O orçamento diário em tokens não cobre esta chamada: limite 150 tokens, usado ${used} tokens`)
    expect(failure.message).toContain('(America/Sao_Paulo)')
    const english = await failureOf(
      sdk(gateway, client, { defaultHeaders: { 'accept-language': 'en-US,en;q=0.9' } }).chat.completions.create(ask),
    )
    expect(english.message).toContain(`The daily budget in tokens does not cover this call: limit 150 tokens, used ${used} tokens`)
    await gateway.database.query("update clients set locale = 'en' where id = $1", [client.id])
    await expect
      .poll(async () => (await failureOf(sdk(gateway, client).chat.completions.create(ask))).message)
      .toContain('The daily budget')
  })

  test('money is told in reais or dollars, exactly', async () => {
    const client = await gateway.addClient()
    await addBudget(client, 'brl', '0.000001')
    const failure = await failureOf(sdk(gateway, client).chat.completions.create(ask))
    expect((failure.error as { budget: unknown }).budget).toMatchObject({
      type: 'brl',
      limit: '0.000001',
      used: '0',
      remaining: '0.000001',
    })
    expect(failure.message).toContain('limite R$ 0,0000010')
    await expectRefused(failure, 402, 'budget_exceeded')
  })

  test('paused by the operator', async () => {
    const client = await gateway.addClient()
    await addBudget(client, 'usd', '100')
    await gateway.database.query('update client_budgets set is_paused = true where client_id = $1', [client.id])
    const failure = await failureOf(sdk(gateway, client).chat.completions.create(ask))
    await expectRefused(failure, 402, 'client_paused')
    expect(failure.message).toBe('402 O orçamento diário em dólares foi pausado pelo operador.')
    await gateway.database.query('update client_budgets set is_paused = false where client_id = $1', [client.id])
    await sdk(gateway, client).chat.completions.create(ask)
  })

  test('only busy: the money is there, so the SDK is told to come back, and does', async () => {
    const client = await gateway.addClient()
    await addBudget(client, 'tokens', '400')
    const slow = post(gateway, { model, messages: user('reply with 3 words [[emulate delay=2500]]') }, { client })
    await expect.poll(() => gateway.emulator.counts().open, { interval: 5 }).toBe(1)
    reached = gateway.emulator.counts().received
    const failure = await failureOf(sdk(gateway, client).chat.completions.create(ask))
    expect(failure).toBeInstanceOf(OpenAI.RateLimitError)
    await expectRefused(failure, 429, 'budget_busy')
    expect(failure.headers?.get('retry-after')).toBe('1')
    expect(failure.headers?.get('retry-after-ms')).toBe('1000')
    await sdk(gateway, client, { maxRetries: 5 }).chat.completions.create(ask)
    expect((await slow).status).toBe(200)
  })

  test('whatever a caller asks for, one call never costs more than the budget (S12)', async () => {
    const used: bigint[] = []
    for (const extra of [{}, { max_tokens: 100_000_000 }, { max_completion_tokens: 50_000_000, n: 16 }, { n: 16 }]) {
      const client = await gateway.addClient()
      await addBudget(client, 'tokens', '900')
      const response = await post(gateway, { model, messages: user('reply with 5000 words'), ...extra }, { client })
      expect(response.status).toBe(200)
      const row = await settled(gateway, response.headers.get('x-request-id'))
      expect(row.total_tokens).toBeLessThanOrEqual(900n)
      expect(row.output_tokens).toBeGreaterThan(400n)
      used.push(row.total_tokens)
    }
    reportFigure('S12', undefined, `no limit, 100 million tokens, 50 million in 16 answers: ${used.join(', ')} tokens of a budget of 900`)
  })
})

describe('loops', () => {
  test('a gateway that is its own upstream refuses within a second', async () => {
    const looped = await startTestGateway({ keys: ['openai'] })
    // Its own address as a provider's is known only now, so a second gateway on the same database points at the first, and back.
    const mirror = await startTestGateway({ keys: ['openai'], env: { OPENAI_BASE_URL: `${looped.url}/v1` } })
    await mirror.server.context.store.vault.put('shared_openai_api_key', looped.client.key)
    await setShared(mirror, { chain: [] })
    const elapsedMs = startStopwatch()
    const failure = await failureOf(sdk(mirror).chat.completions.create(ask))
    const tookMs = elapsedMs()
    expect(tookMs).toBeLessThan(1000)
    reportFigure('S7', undefined, `a gateway as its own upstream: refused after ${Math.round(tookMs)} ms`)
    expect(failure.status).toBe(503)
    expect(failure.message).toContain('would call itself')
    expect(looped.emulator.counts().received).toBe(0)
    await Promise.all([looped.close(), mirror.close()])
  })
})

describe('nasty text, everywhere that a caller can write (S1)', () => {
  const nasty = ["' or 1=1 --", '"; drop table clients; --', '$1', '\\', '%00', '../..', '{{7*7}}', '😈', 'a'.repeat(5000), '\u0000']

  test.each(nasty)('%j', async (text) => {
    const inHeader = text.replace(/[^\x20-\x7e]/g, '?')
    const ownKey = { authorization: `Bearer ${gateway.client.key}` }
    const answers = await Promise.all([
      post(gateway, ask, { headers: { authorization: `Bearer ${inHeader}` } }),
      post(gateway, ask, { headers: { authorization: `Bearer ctk_${inHeader}` } }),
      post(gateway, { ...ask, model: text }),
      post(gateway, { ...ask, model: `openai/${text}` }),
      post(gateway, { ...ask, messages: [{ role: text, content: text }] }),
      post(gateway, { ...ask, stream: text }),
      post(gateway, { ...ask, max_tokens: text }),
      post(gateway, { ...ask, n: text }),
      fetch(`${gateway.url}/v1/models/${encodeURIComponent(text)}`, { headers: ownKey }),
      fetch(`${gateway.url}/v1/models/openai%2f${encodeURIComponent(text)}`, { headers: ownKey }),
      fetch(`${gateway.url}/api/test/gateway?client=${encodeURIComponent(text)}`),
      fetch(`${gateway.url}/api/test/gateway?client=a&client=${encodeURIComponent(text)}`),
    ])
    for (const answer of answers) await answer.arrayBuffer()
    // The provider, not we, judges a role it does not know: the emulator takes it for the user's.
    const [, , , , role, ...others] = answers.map((answer) => answer.status)
    expect([200, 400]).toContain(role)
    for (const status of [...answers.slice(0, 4).map((answer) => answer.status), ...others]) expect([400, 401, 404, 414]).toContain(status)
    // Text in a field that passes through is the provider's business, and the row's where it is kept.
    const passed = await post(gateway, { ...ask, user: text }, { headers: { 'accept-language': inHeader } })
    expect(passed.status).toBe(200)
    await passed.arrayBuffer()
    await settled(gateway, passed.headers.get('x-request-id'))
  })
})

describe('what the database itself refuses, in words', () => {
  test.each([
    ['an unknown time zone', "update clients set time_zone = 'Mars/Olympus'", /unknown time zone "Mars\/Olympus": use an IANA name/],
    [
      'a budget of 0',
      "insert into client_budgets (client_id, budget_type, budget_limit, budget_period) select id, 'tokens', 0, 'daily' from clients limit 1",
      /budget_limit_is_positive/,
    ],
    ['a negative price', 'update ai_models_registry set input_price_per_million = -1', /prices_not_negative/],
    ['a second shared configuration', 'insert into shared_gateway_config default values', /only_row/],
  ])('%s', async (_what, statement, words) => {
    await expect(gateway.database.query(statement)).rejects.toThrow(words)
  })
})

test('a key is stored as its hash, and a made-up one never reaches the database (S2, S3)', async () => {
  const { key } = generateClientKey()
  const stored = await gateway.database.query<{ row: string }>('select to_jsonb(k)::text as row from client_api_keys k')
  for (const { row } of stored) expect(row).not.toContain(gateway.client.key)
  await expectRefused(await failureOf(sdk(gateway, { id: '', key }).chat.completions.create(ask)), 401, 'key_unknown')
})

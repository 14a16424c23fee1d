import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { SeenRequest } from '../../src/emulator/index.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { post, readStream, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const targets = [
  ['openai/gpt-4o-mini', 'direct'],
  ['groq/llama-3.3-70b-versatile', 'direct'],
  ['google/gemini-2.5-flash', 'direct'],
  ['openai/gpt-4o-mini', 'vercel'],
] as const

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'] })
  await untilRateIsKnown(gateway)
  await setShared(gateway, { chain: [] })
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

function lastSent(): SeenRequest & { body: Record<string, unknown> } {
  return gateway.emulator.requests().at(-1) as SeenRequest & { body: Record<string, unknown> }
}

test.each(targets)('fields that we do not know reach %s (%s) as they were sent', async (model, route) => {
  await setShared(gateway, { route })
  const extra = {
    x_unknown: { deep: [1, 2.5, 'ção 🎟️', null, true], empty: {} },
    seed: 7,
    temperature: 0.3,
    top_p: 0.9,
    stop: ['fim'],
    user: 'usuário-1',
    logit_bias: { '50256': -100 },
  }
  for (const stream of [false, true]) {
    const answer = await post(gateway, { model, messages: user('Oi'), stream, ...extra })
    expect(answer.status).toBe(200)
    await answer.arrayBuffer()
    expect(lastSent().body).toMatchObject(extra)
    // Ours in a stream: usage is always asked for. Nothing else is added; a limit only where a hard budget counts on it.
    const added = Object.keys(lastSent().body).filter((field) => !(field in extra) && !['model', 'messages', 'stream'].includes(field))
    expect(added.sort()).toEqual([...(route === 'vercel' ? ['providerOptions'] : []), ...(stream ? ['stream_options'] : [])])
    if (stream) expect(lastSent().body.stream_options).toEqual({ include_usage: true })
    await settled(gateway, answer.headers.get('x-request-id'))
  }
})

test('a field that cannot be translated is refused by its name, and nothing is sent', async () => {
  await setShared(gateway, { route: 'direct' })
  const before = gateway.emulator.counts().received
  const answer = await post(gateway, { model: 'anthropic/claude-sonnet-4-5', messages: user('Oi'), x_unknown: 1 })
  expect(answer.status).toBe(400)
  const { error } = (await answer.json()) as { error: { code: string; param: string } }
  expect(error).toMatchObject({ code: 'upstream_invalid_request', param: 'x_unknown' })
  expect(gateway.emulator.counts().received).toBe(before)
})

test('a hard budget sends its bound as the limit, in the field that the model takes', async () => {
  await setShared(gateway, { route: 'direct' })
  const client = await gateway.addClient()
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 3000, 'daily', true)`,
    [client.id],
  )
  const limits: unknown[] = []
  for (const [model, limit] of [
    ['openai/gpt-4o-mini', { max_tokens: 50 }],
    ['openai/gpt-4o-mini', {}],
    ['openai/gpt-5-mini', { max_completion_tokens: 60 }],
    ['groq/llama-3.3-70b-versatile', { max_tokens: 70 }],
    ['anthropic/claude-sonnet-4-5', { max_tokens: 80 }],
  ] as const) {
    const answer = await post(gateway, { model, messages: user('reply with 3 words'), ...limit }, { client })
    expect(answer.status).toBe(200)
    await settled(gateway, answer.headers.get('x-request-id'))
    await expectBooksClosed(gateway)
    const { max_tokens, max_completion_tokens } = lastSent().body
    limits.push(max_tokens ?? { completion: max_completion_tokens })
  }
  expect(limits).toEqual([50, expect.any(Number), { completion: 60 }, 70, 80])
  expect(limits[1]).toBeGreaterThan(2000)
  expect(limits[1]).toBeLessThan(3000)
})

test('nothing of the caller’s own headers goes to a provider, and nothing of the provider’s comes back', async () => {
  for (const [model, route] of [...targets, ['anthropic/claude-sonnet-4-5', 'direct'] as const]) {
    await setShared(gateway, { route })
    const headers = {
      'openai-organization': 'org-of-the-caller',
      'x-api-key': 'ctk_test-of-the-caller',
      cookie: 'session=secret',
      'x-forwarded-for': '10.0.0.1',
      'x-stainless-lang': 'js',
      'accept-encoding': 'gzip, br',
      te: 'trailers',
    }
    const answer = await post(gateway, { model, messages: user('Oi') }, { headers })
    const body = await answer.text()
    const sent = JSON.stringify(lastSent().headers)
    for (const secret of ['org-of-the-caller', 'ctk_', 'secret', '10.0.0.1', 'x-stainless', gateway.client.key])
      expect(sent).not.toContain(secret)
    expect(lastSent().headers['accept-encoding']).toBe('identity')

    const names = [...answer.headers.keys()].filter((name) => !/^x-(catraca|ratelimit)-/.test(name))
    expect(names.sort()).toEqual([
      'cache-control',
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'request-id',
      'x-content-type-options',
      'x-request-id',
    ])
    expect(Number(answer.headers.get('content-length'))).toBe(Buffer.byteLength(body))
    // Ours stands in the ledger; the provider's own is kept beside it.
    const row = await settled(gateway, answer.headers.get('x-request-id'))
    expect(row.request_id).toMatch(/^req_/)
    expect(Number(answer.headers.get('x-catraca-cost-usd'))).toBe(Number(row.cost_usd))
    expect(Number(answer.headers.get('x-catraca-cost-brl'))).toBe(Number(row.cost_brl))
  }
})

test('nothing in a request chooses a host', async () => {
  await setShared(gateway, { route: 'auto' })
  let visits = 0
  const elsewhere = createServer((_request, response) => {
    visits++
    response.end('{}')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  const evil = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
  const url = `http://${evil}/v1`
  const fields = { base_url: url, baseURL: url, api_base: url, endpoint: url, providerOptions: { openai: { baseURL: url } } }
  for (const model of ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile']) {
    const answer = await post(
      gateway,
      { model, messages: user('Oi'), ...fields },
      {
        headers: {
          'x-forwarded-host': evil,
          'x-openai-base-url': url,
          'x-base-url': url,
          'helicone-target-url': url,
          'x-portkey-custom-host': url,
        },
      },
    )
    expect(answer.status).toBe(200)
    await settled(gateway, answer.headers.get('x-request-id'))
  }
  expect((await post(gateway, { model: url, messages: user('Oi') })).status).toBe(404)
  expect(await postWithHost(evil)).toBe(200)
  expect(visits).toBe(0)
  await new Promise((resolve) => elsewhere.close(resolve))
})

/** `fetch` does not let one choose the Host header. */
function postWithHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host, authorization: `Bearer ${gateway.client.key}`, 'content-type': 'application/json' }
    const sent = httpRequest(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode))
    })
    sent.once('error', reject)
    sent.end(JSON.stringify({ model: 'openai/gpt-4o-mini', messages: user('Oi') }))
  })
}

test('the same question of two clients is two calls with two bills: nothing is shared (S8)', async () => {
  await setShared(gateway, { route: 'direct' })
  const other = await gateway.addClient()
  const before = gateway.emulator.counts().served
  for (const client of [gateway.client, other, gateway.client, other]) {
    const streamed = await readStream(sdk(gateway, client), { model: 'openai/gpt-4o-mini', messages: user('Qual é a capital do Brasil?') })
    const row = await settled(gateway, streamed.callId)
    expect(row).toMatchObject({ client_id: client.id, was_cached: false })
    expect(streamed.headers.get('x-catraca-cache')).toBe('off')
  }
  expect(gateway.emulator.counts().served - before).toBe(4)
})

test('a caller who reads slowly gets everything, and is not taken for a silent provider', async () => {
  const slow = await startTestGateway({ env: { CATRACA_IDLE_TIMEOUT_MS: '5000' } })
  const answer = await post(slow, { model: 'openai/gpt-4o-mini', stream: true, messages: user('reply with 60000 words') })
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  let bytes = (await reader.read()).value?.length ?? 0
  // The buffers in between are full by then and the provider has been stopped. A caller who takes nothing for the whole idle timeout is
  // let go (tests/wire/bounded-callers.test.ts), so the pause is shorter.
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) bytes += piece.value.length
  expect(bytes).toBeGreaterThan(5_000_000)
  const row = await settled(slow, answer.headers.get('x-request-id'))
  expect(row).toMatchObject({ status: 'ok', output_tokens: 60_000n })
  await expectBooksClosed(slow)
  await slow.close()
})

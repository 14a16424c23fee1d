import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { postMessages } from './_support/anthropic.ts'
import { expectBooksClosed, setShared, settled } from './_support/settled.ts'

/** A provider that keeps the bytes it gets and answers with bytes of the test's own. */
let provider: Server
let gateway: TestGateway
let got: { url: string; headers: IncomingMessage['headers']; body: Buffer }[] = []
let answer: { type: string; body: Buffer } = { type: 'application/json', body: Buffer.alloc(0) }

beforeAll(async () => {
  provider = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      got.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(200, { 'content-type': answer.type, 'request-id': 'req_of_the_provider' })
      // In pieces that cut through characters.
      for (let at = 0; at < answer.body.length; at += 7) response.write(answer.body.subarray(at, at + 7))
      response.end()
    })
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  gateway = await startTestGateway({
    keys: ['gateway', 'anthropic'],
    env: { ANTHROPIC_BASE_URL: `${url}/v1`, AI_GATEWAY_BASE_URL: `${url}/vercel` },
  })
  await setShared(gateway, { chain: [] })
})
afterAll(async () => {
  await gateway.close()
  provider.closeAllConnections()
  await new Promise((resolve) => provider.close(resolve))
})
beforeEach(() => {
  got = []
})

// Odd spacing, a number that JavaScript cannot hold, cache_control, thinking, citations and fields of tomorrow.
const body = `{ "model":"claude-sonnet-4-5",  "max_tokens" : 2048, "tomorrow": {"n": 12345678901234567890.10, "ç": "\\u00e7"},
  "thinking": {"type":"enabled","budget_tokens":1024},
  "system":[{"type":"text","text":"Você é útil 🎟️.","cache_control":{"type":"ephemeral","ttl":"1h"}}],
  "messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Olá"},"citations":{"enabled":true},
    "cache_control":{"type":"ephemeral"}}]},{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"ã"}]},
    {"role":"user","content":"e?"}] STREAM}`

const usage = {
  input_tokens: 10,
  cache_creation_input_tokens: 30,
  cache_read_input_tokens: 5,
  cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
  output_tokens: 7,
  output_tokens_details: { thinking_tokens: 3 },
}
const whole = Buffer.from(`{"id":"msg_1","type":"message", "role":"assistant","model":"claude-sonnet-4-5-20250929","content":[
  {"type":"thinking","thinking":"pensão","signature":"c2ln"},{"type":"text","text":"Olá, ação 🎟️","citations":[{"type":"char_location","cited_text":"Olá"}]}],
  "stop_reason":"end_turn","stop_sequence":null,"usage":${JSON.stringify(usage)}, "later": 1e400 }`)

const frames = (...events: object[]) =>
  events.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
const stream = Buffer.from(
  [
    ...frames({
      type: 'message_start',
      message: { id: 'msg_1', model: 'claude-sonnet-4-5-20250929', usage: { ...usage, output_tokens: 1 } },
    }),
    ...frames({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
    ...frames({ type: 'ping' }),
    ...frames({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'pensão' } }),
    ...frames({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2ln' } }),
    ...frames(
      { type: 'content_block_stop', index: 0 },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
    ),
    ...frames({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Olá, "ação" 🎟️' } }),
    ': a comment\n\n',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"!"}       }\n\n',
    ...frames({ type: 'content_block_delta', index: 1, delta: { type: 'citations_delta', citation: { cited_text: 'Olá' } } }),
    ...frames({ type: 'content_block_stop', index: 1 }),
    ...frames({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 7 } }),
    ...frames({ type: 'message_stop' }),
  ].join(''),
)

test.each(['whole', 'streamed'] as const)('an answer of Anthropic’s goes on byte for byte, and so does the call (%s)', async (how) => {
  await setShared(gateway, { route: 'direct' })
  const isStream = how === 'streamed'
  answer = isStream ? { type: 'text/event-stream', body: stream } : { type: 'application/json', body: whole }
  const sent = body.replace('STREAM', isStream ? ', "stream":true' : '')
  const response = await postMessages(gateway, sent, {
    'anthropic-beta': 'interleaved-thinking-2025-05-14, files-api-2025-04-14,fast-mode-2026-02-01',
  })
  expect(Buffer.from(await response.arrayBuffer()).equals(answer.body)).toBe(true)
  expect(got).toHaveLength(1)
  expect(got[0]?.url).toBe('/v1/messages')
  expect(got[0]?.body.toString()).toBe(sent)
  expect(got[0]?.headers).toMatchObject({
    'x-api-key': emulatorKeys.anthropic,
    'anthropic-version': '2023-06-01',
    // What is not known to cost nothing more stays here.
    'anthropic-beta': 'interleaved-thinking-2025-05-14',
  })
  const row = await settled(gateway, response.headers.get('request-id'))
  expect(row).toMatchObject({
    request_id: 'req_of_the_provider',
    input_tokens: 45n,
    cached_tokens: 5n,
    cache_write_tokens: 30n,
    output_tokens: 7n,
    status: 'ok',
  })
  // US$ 3 a million tokens; 0.30 read, 3.75 written for five minutes, 6 for an hour; 15 out.
  expect(Number(row.cost_usd)).toBeCloseTo((10 * 3 + 5 * 0.3 + 10 * 3.75 + 20 * 6 + 7 * 15) / 1e6, 12)
  await expectBooksClosed(gateway)
})

test('to Vercel goes the same with its own name of the model and what is only ours to say', async () => {
  await setShared(gateway, { route: 'vercel' })
  answer = { type: 'application/json', body: whole }
  const response = await postMessages(gateway, body.replace('STREAM', ''), { 'anthropic-beta': 'context-1m-2025-08-07' })
  expect(Buffer.from(await response.arrayBuffer()).equals(whole)).toBe(true)
  const [request] = got
  expect(request?.url).toBe('/vercel/v1/messages')
  expect(request?.headers).toMatchObject({ authorization: `Bearer ${emulatorKeys.gateway}`, 'anthropic-beta': 'context-1m-2025-08-07' })
  expect(request?.body.toString()).toContain('"tomorrow": {"n": 12345678901234567890.10, "ç": "\\u00e7"}')
  expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({
    model: 'anthropic/claude-sonnet-4.5',
    providerOptions: {
      gateway: { byok: { anthropic: [{ apiKey: emulatorKeys.anthropic }] }, only: ['anthropic'], user: 'agencia' },
    },
  })
  expect(await settled(gateway, response.headers.get('request-id'))).toMatchObject({ via: 'vercel', input_tokens: 45n, output_tokens: 7n })
})

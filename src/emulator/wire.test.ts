import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Emulator, startEmulator } from './index.ts'

const goodKey = 'sk-test-emulator-wire'
let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ keys: [goodKey] })
})
afterAll(() => emulator.close())
beforeEach(() => emulator.reset())

type Json = Record<string, never>

async function post(url: string, body: unknown, key = goodKey): Promise<{ status: number; headers: Headers; text: string; json: Json }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'x-api-key': key, 'x-goog-api-key': key }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : {} }
}

function events(text: string): Json[] {
  return [...text.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''))
}

const messages = [{ role: 'user', content: 'reply with 3 words' }]

test('Groq tells usage in x_groq on the last chunk, and in a usage chunk as well when asked', async () => {
  const ask = { model: 'llama-3.1-8b-instant', messages, stream: true }
  const url = `${emulator.baseUrls.groq}/chat/completions`
  const unasked = await post(url, ask)
  const chunks = events(unasked.text)
  expect(chunks.at(0)).toMatchObject({ x_groq: { id: unasked.headers.get('x-request-id') } })
  expect(chunks.at(-1)).toMatchObject({
    choices: [{ finish_reason: 'stop' }],
    x_groq: { usage: { completion_tokens: 3, total_tokens: 15 } },
  })
  expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false)
  const asked = events((await post(url, { ...ask, stream_options: { include_usage: true } })).text)
  expect(asked.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 }, x_groq: { usage: { completion_tokens: 3 } } })
})

test('Anthropic streams its events in order, named as typed, with usage at both ends', async () => {
  const url = `${emulator.baseUrls.anthropic}/messages`
  const { text, headers } = await post(url, { model: 'claude-haiku-4-5', max_tokens: 50, messages, stream: true })
  const names = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)
  expect(names).toEqual(events(text).map((event) => event.type))
  expect(names.filter((name) => name !== 'content_block_delta')).toEqual([
    'message_start',
    'content_block_start',
    'ping',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  expect(events(text)[0]).toMatchObject({ message: { model: 'claude-haiku-4-5-20251001', usage: { input_tokens: 12, output_tokens: 1 } } })
  expect(events(text).at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } })
  expect(headers.get('request-id')).toBe(emulator.served()[0]?.requestId)
})

test('Anthropic writes a marked prefix to the cache once and reads it from then on, outside input_tokens', async () => {
  const system = [{ type: 'text', text: 'catraca '.repeat(1000), cache_control: { type: 'ephemeral', ttl: '1h' } }]
  const url = `${emulator.baseUrls.anthropic}/messages`
  const ask = { model: 'claude-sonnet-4-5', max_tokens: 50, system, messages }
  const first: Json = (await post(url, ask)).json.usage ?? {}
  const second: Json = (await post(url, ask)).json.usage ?? {}
  expect(first).toMatchObject({
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 2004,
    cache_creation: { ephemeral_1h_input_tokens: 2004 },
  })
  expect(second).toMatchObject({ cache_read_input_tokens: 2004, cache_creation_input_tokens: 0, input_tokens: 12 })
  expect(emulator.served().map((call) => call.inputTokens)).toEqual([2016, 2016])
})

test('Anthropic thinks when asked to, and requires max_tokens', async () => {
  const url = `${emulator.baseUrls.anthropic}/messages`
  const thought = await post(url, {
    model: 'claude-opus-4-5',
    max_tokens: 2000,
    messages,
    thinking: { type: 'enabled', budget_tokens: 1024 },
  })
  expect(thought.json).toMatchObject({ content: [{ type: 'thinking' }, { type: 'text' }], usage: { output_tokens: 11 } })
  const refused = await post(url, { model: 'claude-opus-4-5', messages })
  expect(refused.status).toBe(400)
  expect(refused.json).toEqual({
    type: 'error',
    error: { type: 'invalid_request_error', message: 'max_tokens: Field required' },
    request_id: refused.headers.get('request-id'),
  })
  const counted = await post(`${url}/count_tokens`, { model: 'claude-opus-4-5', messages })
  expect(counted.json).toEqual({ input_tokens: 12 })
})

test('Anthropic answers overload with 529', async () => {
  const overloaded = await post(`${emulator.baseUrls.anthropic}/messages`, {
    model: 'claude-haiku-4-5',
    max_tokens: 5,
    messages: [{ role: 'user', content: '[[emulate status=529]]' }],
  })
  expect(overloaded.status).toBe(529)
  expect(overloaded.json).toMatchObject({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
})

test('Google keeps thinking out of the candidates, natively and in its compatible usage', async () => {
  const contents = [{ role: 'user', parts: [{ text: 'reply with 3 words' }] }]
  const native = await post(`${emulator.baseUrls.google}/models/gemini-2.5-flash:generateContent`, { contents })
  expect(native.json).toMatchObject({
    usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 3, thoughtsTokenCount: 16, totalTokenCount: 31 },
    modelVersion: 'gemini-2.5-flash',
  })
  const streamed = await post(`${emulator.baseUrls.google}/models/gemini-2.5-flash:streamGenerateContent`, { contents })
  expect(JSON.parse(streamed.text)).toHaveLength(4)
  const compatible = await post(`${emulator.baseUrls.google}/openai/chat/completions`, {
    model: 'gemini-2.5-flash',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
  const told = events(compatible.text).map((chunk) => chunk.usage)
  expect(told).toHaveLength(4)
  expect(told.at(-1)).toEqual({ prompt_tokens: 12, completion_tokens: 3, total_tokens: 31 })
  const counted = await post(`${emulator.baseUrls.google}/models/gemini-2.5-flash:countTokens`, { contents })
  expect(counted.json).toMatchObject({ totalTokens: 12 })
})

test('a wrong key is a 401 in the shape of each provider, and an accepted one is not', async () => {
  const { openai, groq, anthropic, google, vercel } = emulator.baseUrls
  const contents = [{ role: 'user', parts: [{ text: 'oi' }] }]
  const asks: [string, object, object][] = [
    [
      `${openai}/chat/completions`,
      { model: 'gpt-4o-mini', messages },
      { error: { code: 'invalid_api_key', type: 'invalid_request_error' } },
    ],
    [
      `${groq}/chat/completions`,
      { model: 'llama-3.1-8b-instant', messages },
      { error: { message: 'Invalid API Key', code: 'invalid_api_key' } },
    ],
    [
      `${anthropic}/messages`,
      { model: 'claude-haiku-4-5', max_tokens: 5, messages },
      { type: 'error', error: { type: 'authentication_error' } },
    ],
    [`${google}/models/gemini-2.5-flash:generateContent`, { contents }, { error: { code: 401, status: 'UNAUTHENTICATED' } }],
    [`${vercel}/v1/chat/completions`, { model: 'openai/gpt-4o-mini', messages }, { error: { type: 'authentication_error' } }],
    [`${vercel}/v1/messages`, { model: 'anthropic/claude-haiku-4.5', max_tokens: 5, messages }, { type: 'error' }],
  ]
  for (const [url, body, shape] of asks) {
    const refused = await post(url, body, 'sk-test-added-later')
    expect(refused.status, url).toBe(401)
    expect(refused.json, url).toMatchObject(shape)
  }
  expect(emulator.counts()).toMatchObject({ received: 6, unauthorized: 6, accepted: 0 })
  emulator.accept('sk-test-added-later')
  for (const [url, body] of asks) expect((await post(url, body, 'sk-test-added-later')).status, url).toBe(200)
})

test('a revoked key is said as the real provider says it, which for Google is a 400', async () => {
  const body = { model: 'gemini-2.5-flash', messages: [{ role: 'user', content: '[[emulate bad-key]]' }] }
  const refused = await post(`${emulator.baseUrls.google}/openai/chat/completions`, body)
  expect(refused.status).toBe(400)
  expect(JSON.parse(refused.text)[0].error).toMatchObject({
    code: 400,
    status: 'INVALID_ARGUMENT',
    details: [{ reason: 'API_KEY_INVALID' }],
  })
})

test('a model nobody knows is refused in the words of each provider', async () => {
  const { openai, groq, anthropic, google, vercel } = emulator.baseUrls
  const model = 'inexistente'
  const asks: [string, object, object][] = [
    [`${openai}/chat/completions`, { model, messages }, { error: { code: 'model_not_found' } }],
    [`${groq}/chat/completions`, { model, messages }, { error: { code: 'model_not_found' } }],
    [`${anthropic}/messages`, { model, max_tokens: 5, messages }, { error: { type: 'not_found_error', message: 'model: inexistente' } }],
    [`${google}/models/${model}:generateContent`, { contents: [{ parts: [{ text: 'oi' }] }] }, { error: { status: 'NOT_FOUND' } }],
    [`${vercel}/v1/chat/completions`, { model, messages }, { error: { type: 'model_not_found', param: { modelId: model } } }],
  ]
  for (const [url, body, shape] of asks) {
    const refused = await post(url, body)
    expect(refused.status, url).toBe(404)
    expect(refused.json, url).toMatchObject(shape)
  }
  expect(emulator.counts()).toMatchObject({ rejected: 5, accepted: 0 })
})

test("the Vercel gateway's compatible endpoint finishes with metadata and usage in one chunk, and says who paid", async () => {
  const url = `${emulator.baseUrls.vercel}/v1/chat/completions`
  const ask = (apiKey: string, stream: boolean) =>
    post(url, {
      model: 'openai/gpt-4o-mini',
      messages,
      ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
      providerOptions: { gateway: { byok: { openai: [{ apiKey }] }, user: 'padaria' } },
    })
  const chunks = events((await ask(goodKey, true)).text)
  expect(chunks.filter((chunk) => 'usage' in chunk)).toHaveLength(1)
  expect(chunks.at(-1)).toMatchObject({
    choices: [{ finish_reason: 'stop', delta: { provider_metadata: { gateway: { cost: '0', routing: { finalProvider: 'openai' } } } } }],
    usage: { completion_tokens: 3, is_byok: true, cost: 0 },
  })
  const fallen = (await ask('sk-test-not-accepted', false)).json
  expect(fallen).toMatchObject({
    choices: [{ message: { provider_metadata: { gateway: { routing: { totalProviderAttemptCount: 2 } } } } }],
    usage: { is_byok: false },
  })
  expect(emulator.served().map((call) => [call.byok, call.user])).toEqual([
    [true, 'padaria'],
    [false, 'padaria'],
  ])
  const anthropic = await post(`${emulator.baseUrls.vercel}/v1/messages`, { model: 'anthropic/claude-haiku-4.5', max_tokens: 9, messages })
  expect(anthropic.json).toMatchObject({ type: 'message', usage: { output_tokens: 3 } })
})

test('the key may not stand in the URL', async () => {
  const url = `${emulator.baseUrls.google}/models/gemini-2.5-flash:generateContent?key=${goodKey}`
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ contents: [{ parts: [{ text: 'oi' }] }] }) })
  expect(response.status).toBe(401)
})

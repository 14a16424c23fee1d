import type { ChatCompletionChunk, ChatCompletionFunctionTool } from 'openai/resources/chat/completions'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { post, readStream, type Streamed, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, expectExact, oracleOf, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const models = ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'google/gemini-2.5-flash', 'anthropic/claude-sonnet-4-5'] as const
const routes = ['direct', 'vercel'] as const
const targets = routes.flatMap((route) => models.map((model) => ({ route, model })))

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'] })
  await untilRateIsKnown(gateway)
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     values ($1, 'tokens', 5000000, 'monthly', true), ($1, 'brl', 500, 'monthly', true), ($1, 'usd', 100, 'monthly', false)`,
    [gateway.client.id],
  )
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

const prompt = 'Oi, tudo bem? Responda com ação e coração.'

describe.each(targets)('$model via $route', ({ route, model }) => {
  const creator = model.split('/')[0] as 'openai' | 'groq' | 'google' | 'anthropic'
  beforeAll(() => setShared(gateway, { route }))

  test('answers whole, with usage, a row and its cost', async () => {
    const { data, response } = await sdk(gateway)
      .chat.completions.create({ model, messages: user(prompt) })
      .withResponse()
    const row = await settled(gateway, response.headers.get('x-catraca-call-id'))
    const oracle = oracleOf(gateway, row)
    expect(data.choices[0]?.message.content).toContain('🎟️')
    expect(data.choices[0]?.finish_reason).toBe('stop')
    expect(data.usage).toMatchObject({ prompt_tokens: oracle.inputTokens, total_tokens: oracle.inputTokens + oracle.outputTokensServed })
    expect(row).toMatchObject({
      provider: creator,
      via: route,
      status: 'ok',
      source: 'api',
      error_code: null,
      flags: [],
      was_fallback: false,
    })
    expect(row.attempts).toHaveLength(1)
    expect(row.charges).toHaveLength(3)
    await expectExact(gateway, row)
    expectHeaders(response.headers, row.call_id)
    expect(oracle.provider).toBe(route === 'vercel' ? 'vercel' : creator)
    expect(oracle.keyLast4).toBe(emulatorKeys[route === 'vercel' ? 'gateway' : creator].slice(-4))
    // Our own provider key was passed along and was the one that paid.
    expect(oracle.byok).toBe(route === 'vercel' ? true : null)
    if (route === 'vercel') expect(oracle.user).toBe('agencia')
  })

  test('streams with usage when it is asked for, last and once', async () => {
    const streamed = await readStream(sdk(gateway), { model, messages: user(prompt), stream_options: { include_usage: true } })
    const row = await settled(gateway, streamed.callId)
    const oracle = oracleOf(gateway, row)
    expect(streamed.error).toBeUndefined()
    expect(streamed.chunks.at(-1)?.usage).toMatchObject({
      prompt_tokens: oracle.inputTokens,
      total_tokens: oracle.inputTokens + oracle.outputTokensServed,
    })
    expect(finishReasons(streamed)).toEqual(['stop'])
    await expectExact(gateway, row)
    expectHeaders(streamed.headers, row.call_id)
    expect(streamed.headers.get('content-type')).toContain('text/event-stream')
    expect(row.first_token_ms).not.toBeNull()
  })

  test('streams without usage when it is not, and is metered all the same', async () => {
    const whole = await sdk(gateway).chat.completions.create({ model, messages: user(prompt) })
    const streamed = await readStream(sdk(gateway), { model, messages: user(prompt) })
    expect(streamed.chunks.filter((chunk) => chunk.usage != null || chunk.choices.length === 0)).toEqual([])
    expect(streamed.text).toBe(whole.choices[0]?.message.content)
    expect(finishReasons(streamed)).toEqual(['stop'])
    await expectExact(gateway, await settled(gateway, streamed.callId))
  })

  test('keeps characters whole that the provider cuts into bytes', async () => {
    const whole = await sdk(gateway).chat.completions.create({ model, messages: user('ã ç 🎟️ reply with 12 words') })
    const text = whole.choices[0]?.message.content
    for (const split of [1, 3]) {
      const streamed = await readStream(sdk(gateway), { model, messages: user(`ã ç 🎟️ reply with 12 words [[emulate split=${split}]]`) })
      expect(streamed.error).toBeUndefined()
      expect(streamed.text).toBe(text)
    }
    expect(text).toContain('não é só coração 🎟️')
  })

  test('ends with "length" at the limit that the caller set', async () => {
    const limit = model.startsWith('google') ? 600 : 3
    const params = { model, messages: user('reply with 700 words'), max_tokens: limit }
    const { data, response } = await sdk(gateway).chat.completions.create(params).withResponse()
    expect(data.choices[0]?.finish_reason).toBe('length')
    const streamed = await readStream(sdk(gateway), params)
    expect(finishReasons(streamed)).toEqual(['length'])
    for (const id of [response.headers.get('x-request-id'), streamed.callId]) {
      const row = await settled(gateway, id)
      expect(row.output_tokens).toBe(BigInt(limit))
      await expectExact(gateway, row)
    }
  })

  test('calls tools, one or several, whole and in deltas, and takes their results', async () => {
    const ask = { model, messages: user('use tools clima and hora, por favor'), tools }
    const whole = await sdk(gateway).chat.completions.create(ask)
    const calls = whole.choices[0]?.message.tool_calls ?? []
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
    expect(calls.map((call) => call.type === 'function' && call.function.name)).toEqual(['clima', 'hora'])

    const streamed = await readStream(sdk(gateway), ask)
    const joined = joinCalls(streamed.chunks)
    expect(finishReasons(streamed)).toEqual(['tool_calls'])
    expect(joined.map((call) => call.name)).toEqual(['clima', 'hora'])
    for (const call of joined) expect(JSON.parse(call.arguments)).toHaveProperty('cidade')
    expect(new Set(joined.map((call) => call.id)).size).toBe(2)
    await expectExact(gateway, await settled(gateway, streamed.callId))

    const { data, response } = await sdk(gateway)
      .chat.completions.create({
        model,
        tools,
        messages: [
          ...ask.messages,
          { role: 'assistant', tool_calls: calls },
          ...calls.map((call) => ({ role: 'tool' as const, tool_call_id: call.id, content: '{"graus":23}' })),
        ],
      })
      .withResponse()
    expect(data.choices[0]?.message.content).toContain('{"graus":23}')
    await expectExact(gateway, await settled(gateway, response.headers.get('x-request-id')))
  })

  test('fits a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: { cidade: { type: 'string' }, graus: { type: 'integer' } },
      required: ['cidade', 'graus'],
      additionalProperties: false,
    }
    const { data, response } = await sdk(gateway)
      .chat.completions.create({
        model,
        messages: user('Como está o tempo?'),
        response_format: { type: 'json_schema', json_schema: { name: 'tempo', schema, strict: true } },
      })
      .withResponse()
    const answer = JSON.parse(data.choices[0]?.message.content ?? '')
    expect(answer).toEqual({ cidade: expect.any(String), graus: expect.any(Number) })
    await expectExact(gateway, await settled(gateway, response.headers.get('x-request-id')))
  })

  test('never shows a provider key', async () => {
    const answers = await Promise.all([
      post(gateway, { model, messages: user(prompt) }),
      post(gateway, { model, messages: user(prompt), stream: true, stream_options: { include_usage: true } }),
      post(gateway, { model, messages: user(`${prompt} [[emulate status=400]]`) }),
    ])
    for (const answer of answers) {
      const said = `${JSON.stringify([...answer.headers])}${await answer.text()}`
      for (const key of Object.values(emulatorKeys)) expect(said).not.toContain(key)
    }
  })
})

test.each(routes)('several answers to one question are held and billed together (via %s)', async (route) => {
  await setShared(gateway, { route })
  const ask = { model: 'openai/gpt-4o-mini', messages: user('reply with 7 words'), n: 3 }
  const { data, response } = await sdk(gateway).chat.completions.create(ask).withResponse()
  expect(data.choices.map((choice) => choice.index)).toEqual([0, 1, 2])
  const row = await settled(gateway, response.headers.get('x-request-id'))
  expect(row.output_tokens).toBe(21n)
  await expectExact(gateway, row)
  const streamed = await readStream(sdk(gateway), ask)
  expect(finishReasons(streamed)).toEqual(['stop', 'stop', 'stop'])
  await expectExact(gateway, await settled(gateway, streamed.callId))
})

test('what the provider had cached costs what the registry says of cached input', async () => {
  await setShared(gateway, { route: 'direct' })
  // Google's compatible endpoint does not tell what was cached, so there it costs what other input costs.
  for (const model of models.filter((name) => !name.startsWith('google/'))) {
    const { response } = await sdk(gateway)
      .chat.completions.create({ model, messages: user(`${'ação '.repeat(200)} [[emulate cached=100]]`) })
      .withResponse()
    const row = await settled(gateway, response.headers.get('x-request-id'))
    expect(row.cached_tokens).toBe(100n)
    expect(row.was_cached).toBe(false)
    await expectExact(gateway, row)
  }
})

const tools: ChatCompletionFunctionTool[] = ['clima', 'hora'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: { cidade: { type: 'string' } }, required: ['cidade'] } },
}))

function expectHeaders(headers: Headers, callId: string): void {
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-catraca-call-id': callId,
    'x-request-id': callId,
    'x-catraca-provider': expect.stringMatching(/^(openai|groq|google|anthropic)$/),
    'x-catraca-model': expect.any(String),
    'x-catraca-via': expect.stringMatching(/^(vercel|direct)$/),
    'x-catraca-cache': 'off',
    'cache-control': 'no-store',
  })
  expect(headers.has('x-catraca-fallback')).toBe(false)
}

function finishReasons(streamed: Streamed): unknown[] {
  return streamed.chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.finish_reason)).filter(Boolean)
}

/** Joins deltas by their index, as every client does, and checks their form on the way. */
function joinCalls(chunks: ChatCompletionChunk[]): { id: string; name: string; arguments: string }[] {
  const joined: { id: string; name: string; arguments: string }[] = []
  for (const delta of chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])) {
    const known = joined[delta.index]
    if (known) {
      expect(delta.function?.name ?? '').toBe('')
      known.arguments += delta.function?.arguments ?? ''
    } else {
      expect(delta.index).toBe(joined.length)
      joined.push({ id: delta.id ?? '', name: delta.function?.name ?? '', arguments: delta.function?.arguments ?? '' })
    }
  }
  return joined
}

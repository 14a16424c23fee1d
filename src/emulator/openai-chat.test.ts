import OpenAI, { AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from './index.ts'

const goodKey = 'sk-test-emulator-openai'
let emulator: Emulator
let client: OpenAI

beforeAll(async () => {
  emulator = await startEmulator({ keys: [goodKey] })
  client = new OpenAI({ apiKey: goodKey, baseURL: emulator.baseUrls.openai, maxRetries: 0 })
})
afterAll(() => emulator.close())

const hello = [{ role: 'user' as const, content: 'Say "Hello World" in Portuguese.' }]
const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } }, required: ['city'] },
  },
}

test('a chat is answered with the dated model and usage that adds up', async () => {
  const { data, request_id } = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello }).withResponse()
  expect(data.choices[0]).toMatchObject({
    index: 0,
    finish_reason: 'stop',
    message: { role: 'assistant', content: 'Olá Mundo', refusal: null },
  })
  expect(data.model).toBe('gpt-4o-mini-2024-07-18')
  expect(data.usage).toMatchObject({ prompt_tokens: 15, completion_tokens: 2, total_tokens: 17 })
  expect(emulator.served().at(-1)).toMatchObject({
    requestId: request_id,
    responseId: data.id,
    outcome: 'finished',
    status: 200,
    keyLast4: 'enai',
  })
})

test('a stream tells usage only when asked, in one chunk without choices, and null before', async () => {
  const asked = await client.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'reply with 7 words' }],
    stream: true,
    stream_options: { include_usage: true },
  })
  const chunks = await Array.fromAsync(asked)
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true)
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 7 } })
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
  expect(text.split(' ')).toHaveLength(7)
  expect(text).toMatch(/ç.*ã|ã/)

  const unasked = await Array.fromAsync(await client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, stream: true }))
  expect(unasked.some((chunk) => 'usage' in chunk)).toBe(false)
})

test('several choices are streamed side by side and all charged', async () => {
  const stream = await client.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: hello,
    n: 3,
    stream: true,
    stream_options: { include_usage: true },
  })
  const chunks = await Array.fromAsync(stream)
  expect(new Set(chunks.flatMap((chunk) => chunk.choices.map((choice) => choice.index)))).toEqual(new Set([0, 1, 2]))
  expect(chunks.at(-1)?.usage?.completion_tokens).toBe(6)
})

test('max_tokens ends an answer with length', async () => {
  const cut = await client.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'reply with 50 words' }],
    max_tokens: 5,
  })
  expect(cut.choices[0]?.finish_reason).toBe('length')
  expect(cut.usage?.completion_tokens).toBe(5)
})

test('reasoning models think, count it, and refuse max_tokens and temperature', async () => {
  const thought = await client.chat.completions.create({ model: 'o4-mini', messages: hello, max_completion_tokens: 100 })
  expect(thought.model).toBe('o4-mini-2025-04-16')
  expect(thought.usage?.completion_tokens_details?.reasoning_tokens).toBe(16)
  expect(thought.usage?.completion_tokens).toBe(18)
  const starved = await client.chat.completions.create({ model: 'gpt-5-mini', messages: hello, max_completion_tokens: 10 })
  expect(starved.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } })
  await expect(client.chat.completions.create({ model: 'o3', messages: hello, max_tokens: 10 })).rejects.toMatchObject({
    status: 400,
    code: 'unsupported_parameter',
    param: 'max_tokens',
    type: 'invalid_request_error',
  })
  await expect(client.chat.completions.create({ model: 'gpt-5', messages: hello, temperature: 0.3 })).rejects.toMatchObject({
    code: 'unsupported_value',
    param: 'temperature',
  })
})

test('parallel tool calls come as deltas with an index each, then a result is quoted', async () => {
  const other = { type: 'function' as const, function: { name: 'lookup', parameters: { type: 'object', properties: {} } } }
  const messages = [{ role: 'user' as const, content: 'use tools weather and lookup for Recife' }]
  const runner = client.chat.completions.stream({ model: 'gpt-4o-mini', messages, tools: [weather, other] })
  const firsts: { index: number; id: string | undefined }[] = []
  runner.on('chunk', (chunk) => {
    for (const call of chunk.choices[0]?.delta.tool_calls ?? []) if (call.function?.name) firsts.push({ index: call.index, id: call.id })
  })
  const completion = await runner.finalChatCompletion()
  expect(completion.choices[0]?.finish_reason).toBe('tool_calls')
  const calls = completion.choices[0]?.message.tool_calls ?? []
  expect(calls.map((call) => call.type === 'function' && call.function.name)).toEqual(['weather', 'lookup'])
  expect(calls.map((call) => call.type === 'function' && JSON.parse(call.function.arguments))).toEqual([
    { city: 'demonstração', days: 2 },
    {},
  ])
  expect(firsts.map((first) => first.index)).toEqual([0, 1])

  const id = calls[0]?.id ?? ''
  const answered = await client.chat.completions.create({
    model: 'gpt-4o-mini',
    tools: [weather],
    messages: [
      ...messages,
      { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name: 'weather', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: id, content: '31 °C' },
    ],
  })
  expect(answered.choices[0]?.message.content).toContain('31 °C')
})

test('tool_choice decides over the prompt', async () => {
  const ask = { model: 'gpt-4o-mini', messages: hello, tools: [weather] }
  const forced = await client.chat.completions.create({ ...ask, tool_choice: { type: 'function', function: { name: 'weather' } } })
  expect(forced.choices[0]?.finish_reason).toBe('tool_calls')
  expect(forced.choices[0]?.message.content).toBeNull()
  expect((await client.chat.completions.create({ ...ask, tool_choice: 'required' })).choices[0]?.finish_reason).toBe('tool_calls')
  expect((await client.chat.completions.create(ask)).choices[0]?.finish_reason).toBe('stop')
})

test('structured output fits its schema', async () => {
  const completion = await client.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: hello,
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: 'city',
        schema: {
          type: 'object',
          properties: { name: { type: 'string' }, kind: { enum: ['capital', 'other'] } },
          required: ['name', 'kind'],
        },
      },
    },
  })
  expect(JSON.parse(completion.choices[0]?.message.content ?? '')).toEqual({ name: 'demonstração', kind: 'capital' })
})

test('a long beginning seen before is cached, in steps of 128', async () => {
  const system = { role: 'system' as const, content: 'Você é a catraca. '.repeat(400) }
  const ask = () => client.chat.completions.create({ model: 'gpt-4o-mini', messages: [system, ...hello] })
  expect((await ask()).usage?.prompt_tokens_details?.cached_tokens).toBe(0)
  const cached = (await ask()).usage?.prompt_tokens_details?.cached_tokens ?? 0
  expect(cached).toBeGreaterThanOrEqual(1024)
  expect(cached % 128).toBe(0)
})

test('errors are the real ones', async () => {
  const stranger = new OpenAI({ apiKey: 'sk-test-stranger-0000', baseURL: emulator.baseUrls.openai, maxRetries: 0 })
  const refused = await stranger.chat.completions.create({ model: 'gpt-4o-mini', messages: hello }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(AuthenticationError)
  expect(refused).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' })
  expect(String(refused)).not.toContain('sk-test-stranger-0000')
  const unknown = await client.chat.completions.create({ model: 'gpt-inexistente', messages: hello }).catch((error: unknown) => error)
  expect(unknown).toBeInstanceOf(NotFoundError)
  expect(unknown).toMatchObject({ code: 'model_not_found' })
  await expect(client.chat.completions.create({ model: 'gpt-4o-mini', messages: [] })).rejects.toBeInstanceOf(BadRequestError)
  await expect(client.chat.completions.create({ model: 'gpt-4o-mini', messages: hello, n: 100_000 })).rejects.toMatchObject({
    code: 'integer_above_max_value',
  })
  const limited = await client.chat.completions
    .create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: '[[emulate status=429 retry-after=2]]' }] })
    .catch((error: unknown) => error)
  expect(limited).toBeInstanceOf(RateLimitError)
  expect(limited instanceof RateLimitError && limited.headers.get('retry-after')).toBe('2')
  const broken = await fetch(`${emulator.baseUrls.openai}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${goodKey}` },
    body: '{',
  })
  expect(broken.status).toBe(400)
})

test('the Responses API streams numbered events and completes with usage', async () => {
  const events = await Array.fromAsync(await client.responses.create({ model: 'gpt-4o-mini', input: 'reply with 4 words', stream: true }))
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
  const last = events.at(-1)
  expect(last?.type).toBe('response.completed')
  expect(last?.type === 'response.completed' && last.response.usage).toMatchObject({ output_tokens: 4, total_tokens: 4 + 12 })
  const whole = await client.responses.create({ model: 'gpt-4o-mini', input: hello })
  expect(whole.output_text).toBe('Olá Mundo')
})

test('what only the Responses API serves, chat completions do not', async () => {
  const model = 'gpt-5-codex'
  await expect(client.chat.completions.create({ model, messages: hello })).rejects.toBeInstanceOf(NotFoundError)
  expect((await client.responses.create({ model, input: hello })).output_text).toBe('Olá Mundo')
  const tooLow = client.responses.create({ model, input: hello, max_output_tokens: 15 })
  await expect(tooLow).rejects.toMatchObject({ status: 400, param: 'max_output_tokens' })
})

test('models are listed and found', async () => {
  expect((await client.models.list()).data.map((model) => model.id)).toContain('gpt-4o-mini')
  expect((await client.models.retrieve('gpt-4o')).id).toBe('gpt-4o')
  await expect(client.models.retrieve('gpt-inexistente')).rejects.toBeInstanceOf(NotFoundError)
})

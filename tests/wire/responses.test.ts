import { createOpenAI } from '@ai-sdk/openai'
import { generateText, isStepCount, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import type { FunctionTool, ResponseInputItem, ResponseOutputItem } from 'openai/resources/responses/responses'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { SeenRequest } from '../../src/emulator/index.ts'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { failureOf, post, readStream, sdk, user } from './_support/caller.ts'
import { postResponse, readResponse } from './_support/responses.ts'
import { expectBooksClosed, expectExact, oracleOf, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const models = ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'google/gemini-2.5-flash', 'anthropic/claude-sonnet-4-5'] as const
const routes = ['direct', 'vercel'] as const
const targets = routes.flatMap((route) => models.map((model) => ({ route, model })))
const openai = 'openai/gpt-4o-mini'
const anthropic = 'anthropic/claude-sonnet-4-5'
const prompt = 'Oi, tudo bem? Responda com ação e coração.'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'], env: { CATRACA_BUDGET_WAIT_MS: '100' } })
  await untilRateIsKnown(gateway)
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     values ($1, 'tokens', 5000000, 'monthly', true), ($1, 'brl', 500, 'monthly', true), ($1, 'usd', 100, 'monthly', false)`,
    [gateway.client.id],
  )
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

function lastSent(): SeenRequest & { body: Record<string, unknown> } {
  return gateway.emulator.requests().at(-1) as SeenRequest & { body: Record<string, unknown> }
}

describe.each(targets)('$model via $route', ({ route, model }) => {
  const creator = model.split('/')[0] as 'openai' | 'groq' | 'google' | 'anthropic'
  beforeAll(() => setShared(gateway, { route, chain: [] }))

  test('answers whole and streamed, with usage at the end, a row and its cost', async () => {
    const { data, response } = await sdk(gateway).responses.create({ model, input: prompt, instructions: 'Seja breve.' }).withResponse()
    const row = await settled(gateway, response.headers.get('x-catraca-call-id'))
    const oracle = oracleOf(gateway, row)
    expect(data.output_text).toContain('🎟️')
    expect(data).toMatchObject({ object: 'response', status: 'completed', store: false, error: null })
    expect(data.usage).toMatchObject({ input_tokens: oracle.inputTokens, total_tokens: oracle.inputTokens + oracle.outputTokensServed })
    expect(row).toMatchObject({ provider: creator, via: route, status: 'ok', source: 'api', flags: [], error_code: null })
    expect(row.charges).toHaveLength(3)
    await expectExact(gateway, row)
    expect(oracle.byok).toBe(route === 'vercel' ? true : null)
    if (route === 'vercel') expect(oracle.user).toBe('agencia')

    const streamed = await readResponse(sdk(gateway), { model, input: prompt, instructions: 'Seja breve.' })
    expect(streamed.error).toBeUndefined()
    expect(streamed.text).toBe(data.output_text)
    expect(streamed.events.slice(0, 2).map((event) => event.type)).toEqual(['response.created', 'response.in_progress'])
    const last = streamed.events.at(-1)
    const streamedRow = await settled(gateway, streamed.callId)
    const counted = oracleOf(gateway, streamedRow)
    expect(last).toMatchObject({
      type: 'response.completed',
      response: { store: false, usage: { input_tokens: counted.inputTokens, output_tokens: counted.outputTokensServed } },
    })
    expect(streamed.headers.get('content-type')).toContain('text/event-stream')
    expect(streamed.headers.get('x-catraca-via')).toBe(route)
    expect(streamedRow.first_token_ms).not.toBeNull()
    await expectExact(gateway, streamedRow)
  })

  test('keeps characters whole that the provider cuts into bytes', async () => {
    for (const split of [1, 3]) {
      const streamed = await readResponse(sdk(gateway), { model, input: `ã ç 🎟️ reply with 12 words [[emulate split=${split}]]` })
      expect(streamed.error).toBeUndefined()
      expect(streamed.text).toContain('não é só coração 🎟️')
    }
  })

  test('is incomplete at the limit that the caller set, and says so', async () => {
    const limit = model.startsWith('google') ? 600 : 20
    const params = { model, input: 'reply with 700 words', max_output_tokens: limit }
    const { data, response } = await sdk(gateway).responses.create(params).withResponse()
    expect(data).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } })
    const streamed = await readResponse(sdk(gateway), params)
    expect(streamed.events.at(-1)?.type).toBe('response.incomplete')
    for (const id of [response.headers.get('x-request-id'), streamed.callId]) {
      const row = await settled(gateway, id)
      expect(row.output_tokens).toBe(BigInt(limit))
      await expectExact(gateway, row)
    }
  })

  test('calls tools, one or several, whole and in pieces, and takes their results', async () => {
    const input: ResponseInputItem[] = [{ role: 'user', content: 'use tools clima and hora, por favor' }]
    const whole = await sdk(gateway).responses.create({ model, input, tools })
    const calls = whole.output.filter((item) => item.type === 'function_call')
    expect(calls.map(({ name }) => name)).toEqual(['clima', 'hora'])
    const one = await sdk(gateway).responses.create({
      model,
      input,
      tools,
      parallel_tool_calls: false,
      tool_choice: { type: 'function', name: 'hora' },
    })
    expect(one.output.flatMap((item) => (item.type === 'function_call' ? [item.name] : []))).toEqual(['hora'])

    const stream = sdk(gateway).responses.stream({ model, input, tools })
    const final = await stream.finalResponse()
    const joined = final.output.filter((item) => item.type === 'function_call')
    expect(joined.map(({ name }) => name)).toEqual(['clima', 'hora'])
    for (const call of joined) expect(JSON.parse(call.arguments)).toHaveProperty('cidade')
    expect(new Set(joined.map((call) => call.call_id)).size).toBe(2)

    const { data, response } = await sdk(gateway)
      .responses.create({ model, tools, input: [...input, ...asInput(whole.output), ...calls.map(resultOf)] })
      .withResponse()
    expect(data.output_text).toMatch(/\\?"graus\\?":23/)
    await expectExact(gateway, await settled(gateway, response.headers.get('x-request-id')))
  })

  test('fits a zod schema, parsed by the SDK', async () => {
    const tempo = z.object({ cidade: z.string(), graus: z.int() })
    const text = { format: zodTextFormat(tempo, 'tempo') }
    const parsed = await sdk(gateway).responses.parse({ model, input: 'Como está o tempo?', text })
    expect(parsed.output_parsed).toEqual({ cidade: expect.any(String), graus: expect.any(Number) })
    const streamed = await sdk(gateway).responses.stream({ model, input: 'Como está o tempo?', text }).finalResponse()
    expect(streamed.output_parsed).toEqual(parsed.output_parsed)
  })

  test('sees pictures and documents', async () => {
    const content: ResponseInputItem.Message['content'] = [
      { type: 'input_text', text: 'O que é isto?' },
      { type: 'input_image', image_url: png, detail: 'low' },
    ]
    // Groq's models take no documents.
    if (creator !== 'groq') content.push({ type: 'input_file', filename: 'a.pdf', file_data: pdf })
    const { data, response } = await sdk(gateway)
      .responses.create({ model, input: [{ role: 'user', content }] })
      .withResponse()
    expect(data.output_text).toContain('O que é isto?')
    const sent = JSON.stringify(lastSent().body)
    expect(sent).toContain(png.split(',')[1])
    if (creator !== 'groq') expect(sent).toContain(pdf.split(',')[1])
    await expectExact(gateway, await settled(gateway, response.headers.get('x-request-id')))
  })

  test('an error event, a cut and garbage are failures that the SDK throws, each with its row', async () => {
    for (const fault of ['error=3', 'cut=3', 'cut=3 cut-mid-frame', 'end=3', 'garbage']) {
      const streamed = await readResponse(sdk(gateway), { model, input: `reply with 9 words [[emulate ${fault}]]` })
      expect(streamed.error, fault).toBeInstanceOf(OpenAI.APIError)
      expect(streamed.events.some((event) => event.type === 'response.completed' || event.type === 'response.incomplete')).toBe(false)
      const row = await settled(gateway, streamed.callId)
      expect(row.status).not.toBe('ok')
      expect(row.output_tokens).toBeGreaterThanOrEqual(1n)
    }
  })

  test('an answer without usage is estimated and flagged', async () => {
    const { response } = await sdk(gateway).responses.create({ model, input: 'reply with 30 words [[emulate usage=none]]' }).withResponse()
    const row = await settled(gateway, response.headers.get('x-request-id'))
    expect(row.flags).toContain('usage_missing')
    expect(row.output_tokens).toBeGreaterThanOrEqual(30n)
  })

  test('never shows a provider key', async () => {
    const answers = await Promise.all([
      postResponse(gateway, { model, input: prompt }),
      postResponse(gateway, { model, input: prompt, stream: true }),
      postResponse(gateway, { model, input: `${prompt} [[emulate status=400]]` }),
    ])
    for (const answer of answers) {
      const said = `${JSON.stringify([...answer.headers])}${await answer.text()}`
      for (const key of Object.values(emulatorKeys)) expect(said).not.toContain(key)
    }
  })
})

describe('where the provider speaks it too', () => {
  test.each(routes)('bytes go and come as they are (%s), but for the model, what is stored and the way', async (route) => {
    await setShared(gateway, { route, chain: [] })
    const extra = {
      x_unknown: { deep: [1, 2.5, 'ção 🎟️', null, true] },
      top_logprobs: 2,
      truncation: 'auto',
      include: ['reasoning.encrypted_content', 'message.output_text.logprobs'],
      text: { verbosity: 'low' },
      metadata: { a: 'b' },
    }
    for (const stream of [false, true]) {
      const answer = await postResponse(gateway, { model: openai, input: 'Oi', stream, ...extra })
      expect(answer.status).toBe(200)
      const body = await answer.text()
      const { body: sent, path } = lastSent()
      expect(path).toMatch(/\/v1\/responses$/)
      expect(sent).toMatchObject({ ...extra, store: false })
      const added = Object.keys(sent).filter((field) => !(field in extra) && !['model', 'input', 'stream'].includes(field))
      // The hard budget of this client counts on the limit.
      expect(added.sort()).toEqual(['max_output_tokens', ...(route === 'vercel' ? ['providerOptions'] : []), 'store'])
      const row = await settled(gateway, answer.headers.get('x-request-id'))
      const again = await replay(route, sent)
      expect(withoutNames(body)).toBe(withoutNames(again))
      expect(row.status).toBe('ok')
    }
  })

  test('thinking is counted, and what is encrypted goes back as it came', async () => {
    await setShared(gateway, { route: 'direct', chain: [] })
    const { response } = await sdk(gateway)
      .responses.create({
        model: 'openai/gpt-5-mini',
        reasoning: { effort: 'high' },
        include: ['reasoning.encrypted_content'],
        input: [
          { role: 'user', content: 'Oi' },
          { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA-made-up' },
          { role: 'user', content: prompt },
        ],
      })
      .withResponse()
    expect(lastSent().body.input).toContainEqual({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA-made-up' })
    const row = await settled(gateway, response.headers.get('x-request-id'))
    expect(row.reasoning_tokens).toBe(32n)
    await expectExact(gateway, row)
  })
})

describe('models that only the Responses API serves', () => {
  const model = 'openai/gpt-5-codex'

  test.each(routes)('are called by every dialect and the library’s way, and never keep anything (%s)', async (route) => {
    await setShared(gateway, { route, chain: [] })
    const whole = await sdk(gateway).responses.create({ model, input: prompt }).withResponse()
    const streamed = await readResponse(sdk(gateway), { model, input: prompt })
    expect(streamed.error).toBeUndefined()
    const chat = await sdk(gateway)
      .chat.completions.create({ model, messages: user(prompt), max_completion_tokens: 500 })
      .withResponse()
    expect(chat.data.choices[0]?.message.content).toBe(whole.data.output_text)
    expect(chat.data.choices[0]?.finish_reason).toBe('stop')
    if (route === 'direct')
      expect(lastSent()).toMatchObject({ path: '/openai/v1/responses', body: { store: false, max_output_tokens: 500 } })
    else expect(lastSent().body).toMatchObject({ providerOptions: { openai: { store: false } } })
    const chatStream = await readStream(sdk(gateway), { model, messages: user(prompt) })
    expect(chatStream.text).toBe(whole.data.output_text)
    const ids = [whole.response.headers.get('x-request-id'), streamed.callId, chat.response.headers.get('x-request-id'), chatStream.callId]
    for (const id of ids) await expectExact(gateway, await settled(gateway, id))
  })

  test('a broken answer of theirs does not look whole to a chat, and a stop sequence is refused by name', async () => {
    await setShared(gateway, { route: 'direct', chain: [] })
    const streamed = await readStream(sdk(gateway), { model, messages: user('reply with 9 words [[emulate end=3]]') })
    expect(streamed.error).toBeInstanceOf(OpenAI.APIError)
    await settled(gateway, streamed.callId)
    const failure = await failureOf(sdk(gateway).chat.completions.create({ model, messages: user('Oi'), stop: ['fim'] }))
    expect({ status: failure.status, param: failure.param }).toEqual({ status: 400, param: 'stop' })
    await settled(gateway, failure.requestID)
  })

  test('are listed', async () => {
    const ids = (await sdk(gateway).models.list()).data.map(({ id }) => id)
    expect(ids).toContain(model)
  })
})

describe('what is refused', () => {
  beforeAll(() => setShared(gateway, { route: 'direct', chain: [] }))

  test.each([
    ['previous_response_id', { previous_response_id: 'resp_1' }],
    ['store', { store: true }],
    ['background', { background: true }],
    ['tools[0].type', { tools: [{ type: 'web_search' }] }],
  ])('%s, in words, before any provider is asked', async (param, fields) => {
    const before = gateway.emulator.counts().received
    const failure = await failureOf(sdk(gateway).responses.create({ model: openai, input: 'Oi', ...fields } as never))
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError)
    expect(failure).toMatchObject({ param, code: 'invalid_body', type: 'invalid_request_error' })
    expect(failure.message.length).toBeGreaterThan(40)
    expect(gateway.emulator.counts().received).toBe(before)
  })

  test('what cannot be translated is named, and nothing is sent', async () => {
    const before = gateway.emulator.counts().received
    const failure = await failureOf(sdk(gateway).responses.create({ model: anthropic, input: 'Oi', x_unknown: 1 } as never))
    expect(failure).toMatchObject({ status: 400, code: 'upstream_invalid_request', param: 'x_unknown' })
    expect(gateway.emulator.counts().received).toBe(before)
    await settled(gateway, failure.requestID)
  })

  test('a response by its id: there is none', async () => {
    for (const [method, path] of [
      ['GET', '/resp_1'],
      ['DELETE', '/resp_1'],
      ['GET', '/resp_1/input_items'],
      ['POST', '/resp_1/cancel'],
    ] as const) {
      const answer = await postResponse(gateway, '', { method, path })
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ error: { code: 'not_found', message: expect.stringContaining('not stored') } })
    }
    await expect(sdk(gateway).responses.retrieve('resp_1')).rejects.toBeInstanceOf(OpenAI.NotFoundError)
    expect((await fetch(`${gateway.url}/v1/responses/resp_1`)).status).toBe(401)
  })

  test('a budget that does not cover the call is 402 in this shape', async () => {
    const client = await gateway.addClient()
    await gateway.database.query(
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 20, 'daily', true)`,
      [client.id],
    )
    for (const stream of [false, true]) {
      const failure = await failureOf(sdk(gateway, client).responses.create({ model: openai, input: 'Oi', stream }))
      expect(failure).toMatchObject({ status: 402, code: 'budget_exceeded', type: 'insufficient_quota' })
    }
  })

  test('the provider’s own refusals keep their class, and a key of ours that is bad is not the caller’s', async () => {
    for (const [fault, kind, code] of [
      ['status=400', OpenAI.BadRequestError, 'upstream_invalid_request'],
      ['status=429 retry-after=2', OpenAI.RateLimitError, 'upstream_rate_limited'],
      ['status=503', OpenAI.InternalServerError, 'upstream_overloaded'],
      ['bad-key', OpenAI.InternalServerError, 'upstream_auth'],
    ] as const) {
      for (const model of [openai, anthropic]) {
        const failure = await failureOf(sdk(gateway).responses.create({ model, input: `Oi [[emulate ${fault}]]` }))
        expect(failure, `${model} ${fault}`).toBeInstanceOf(kind)
        expect(failure.code).toBe(code)
        await settled(gateway, failure.requestID)
      }
    }
  })
})

test('another provider answers where the first cannot, in the same dialect', async () => {
  await setShared(gateway, { route: 'direct', chain: [anthropic, openai] })
  for (const [model, next] of [
    [openai, 'anthropic'],
    [anthropic, 'openai'],
  ] as const) {
    const asked = { model, input: `reply with 9 words [[emulate provider=${model.split('/')[0]} status=503]]` }
    const whole = await sdk(gateway).responses.create(asked).withResponse()
    const streamed = await readResponse(sdk(gateway), asked)
    expect(streamed.events.at(-1)?.type).toBe('response.completed')
    expect(streamed.text).toBe(whole.data.output_text)
    for (const id of [whole.response.headers.get('x-request-id'), streamed.callId]) {
      const row = await settled(gateway, id)
      expect(row).toMatchObject({ provider: next, was_fallback: true, status: 'ok' })
      await expectExact(gateway, row)
    }
  }
  await setShared(gateway, { chain: [] })
})

test.each([openai, anthropic])('a caller who leaves within the stream of %s pays for what was made', async (model) => {
  await setShared(gateway, { route: 'direct', chain: [] })
  const leaving = new AbortController()
  const { data, response } = await sdk(gateway)
    .responses.create({ model, input: 'reply with 40 words [[emulate gap=5]]', stream: true }, { signal: leaving.signal })
    .withResponse()
  for await (const event of data) {
    if (event.type !== 'response.output_text.delta') continue
    leaving.abort()
    break
  }
  const row = await settled(gateway, response.headers.get('x-catraca-call-id'))
  // Read on to its end, which tells the real usage.
  expect(row.output_tokens).toBe(40n)
  expect(oracleOf(gateway, row).outputTokensServed).toBe(40)
})

test('guardrails look at what is said in every kind of item, and leave names and bytes alone', async () => {
  await setShared(gateway, { route: 'direct', chain: [] })
  const client = await gateway.addClient()
  await gateway.database.query(
    `insert into client_guardrails (client_id, mask_pii, blocked_terms) values ($1, array['cpf'], array['aposta'])`,
    [client.id],
  )
  const cpf = '529.982.247-25'
  const input: ResponseInputItem[] = [
    { role: 'user', content: [{ type: 'input_text', text: `meu CPF é ${cpf}` }] },
    { type: 'function_call', call_id: `call_${cpf}`, name: 'busca', arguments: `{"cpf":"${cpf}","digitos":52998224725}` },
    { type: 'function_call_output', call_id: `call_${cpf}`, output: `achei ${cpf}` },
    { role: 'user', content: [{ type: 'input_image', image_url: `https://example.com/${cpf}.png`, detail: 'low' }] },
    { role: 'user', content: 'reply with 3 words' },
  ]
  const ask = { model: openai, instructions: `cliente ${cpf}`, input }
  await sdk(gateway, client).responses.create(ask)
  const { body: sent } = lastSent()
  expect(sent).toMatchObject({
    instructions: 'cliente [CPF]',
    input: [
      { content: [{ text: 'meu CPF é [CPF]' }] },
      { call_id: `call_${cpf}`, name: 'busca', arguments: '{"cpf":"[CPF]","digitos":"[CPF]"}' },
      { call_id: `call_${cpf}`, output: 'achei [CPF]' },
      { content: [{ image_url: `https://example.com/${cpf}.png` }] },
      {},
    ],
  })
  await sdk(gateway, client).responses.create({ model: openai, input: `sou ${cpf}` })
  expect(lastSent().body.input).toBe('sou [CPF]')
  const before = gateway.emulator.counts().received
  for (const blocked of [{ input: 'uma APOSTA' }, { input: 'Oi', instructions: 'uma aposta' }]) {
    const failure = await failureOf(sdk(gateway, client).responses.create({ model: openai, ...blocked }))
    expect(failure).toMatchObject({ status: 400, code: 'content_blocked' })
  }
  expect(gateway.emulator.counts().received).toBe(before)
})

test.each([openai, anthropic])('the AI SDK’s own provider for this API goes round with tools, against %s', async (model) => {
  await setShared(gateway, { route: 'direct', chain: [] })
  const provider = createOpenAI({ apiKey: gateway.client.key, baseURL: `${gateway.url}/v1` })
  const clima = tool({ inputSchema: z.object({ cidade: z.string() }), execute: () => ({ graus: 23 }) })
  const call = {
    model: provider.responses(model),
    prompt: 'use tool clima, por favor',
    tools: { clima },
    stopWhen: isStepCount(2),
    // Without it this SDK sends ids of what it believes to be stored.
    providerOptions: { openai: { store: false } },
  }
  const { text, steps } = await generateText(call)
  expect(text).toContain('{"graus":23}')
  expect(steps.map((step) => step.toolCalls.length)).toEqual([1, 0])
  const streamed = streamText(call)
  expect(await streamed.text).toBe(text)
})

test('chat completions go on beside it', async () => {
  const answer = await post(gateway, { model: openai, messages: user('Oi') })
  expect(answer.status).toBe(200)
  await settled(gateway, answer.headers.get('x-request-id'))
})

const tools: FunctionTool[] = ['clima', 'hora'].map((name) => ({
  type: 'function',
  name,
  strict: false,
  parameters: { type: 'object', properties: { cidade: { type: 'string' } }, required: ['cidade'] },
}))
const png = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const pdf = `data:application/pdf;base64,${Buffer.from('%PDF-1.4 made up').toString('base64')}`

/** The output of one turn as the next one's input, as every caller sends it. */
function asInput(output: ResponseOutputItem[]): ResponseInputItem[] {
  return output.filter((item) => item.type !== 'reasoning') as ResponseInputItem[]
}

function resultOf({ call_id }: { call_id: string }): ResponseInputItem {
  return { type: 'function_call_output', call_id, output: '{"graus":23}' }
}

/** The same body once more, straight to the emulator: what would the provider have said to the caller? */
async function replay(route: 'direct' | 'vercel', body: Record<string, unknown>): Promise<string> {
  const { baseUrls } = gateway.emulator
  const url = route === 'direct' ? `${baseUrls.openai}/responses` : `${baseUrls.vercel}/v1/responses`
  const key = emulatorKeys[route === 'direct' ? 'openai' : 'gateway']
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).text()
}

/** Ids, times and what was cached by then are new in every answer. */
function withoutNames(text: string): string {
  return text
    .replace(/\b(resp|msg|rs|fc|call|gen)_\w+/g, '$1_')
    .replace(/"created_at":\d+/g, '"created_at":0')
    .replace(/"cached_tokens":\d+/g, '"cached_tokens":0')
}

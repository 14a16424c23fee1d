import type Anthropic from '@anthropic-ai/sdk'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { anthropicSdk, postMessages } from './_support/anthropic.ts'
import { expectBooksClosed, expectExact, oracleOf, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const models = ['anthropic/claude-sonnet-4-5', 'openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'google/gemini-2.5-flash'] as const
const targets = [
  ...models.map((model) => ({ route: 'direct' as const, model })),
  { route: 'vercel' as const, model: models[0] },
  { route: 'vercel' as const, model: models[1] },
]

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'] })
  await untilRateIsKnown(gateway)
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     values ($1, 'tokens', 50000000, 'monthly', true), ($1, 'usd', 1000, 'monthly', true)`,
    [gateway.client.id],
  )
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

const user = (content: string | Anthropic.ContentBlockParam[]): Anthropic.MessageParam[] => [{ role: 'user', content }]
const textOf = ({ content }: Anthropic.Message) => content.map((block) => (block.type === 'text' ? block.text : '')).join('')
const said = 'Oi, tudo bem? Responda com ação e coração. 🎟️'

describe.each(targets)('$model via $route', ({ route, model }) => {
  const creator = model.split('/')[0] as 'openai' | 'groq' | 'google' | 'anthropic'
  beforeAll(() => setShared(gateway, { route }))
  const ask = (content: Parameters<typeof user>[0], more: object = {}) => ({ model, max_tokens: 600, messages: user(content), ...more })

  test('answers whole, with usage, a row and its cost', async () => {
    const { data, response } = await anthropicSdk(gateway).messages.create(ask(said)).withResponse()
    const row = await settled(gateway, response.headers.get('request-id'))
    const oracle = oracleOf(gateway, row)
    expect(data).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn', stop_sequence: null })
    expect(data.id).toMatch(/^msg_/)
    expect(textOf(data)).toContain('🎟️')
    const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = data.usage
    expect(input_tokens + (cache_read_input_tokens ?? 0) + (cache_creation_input_tokens ?? 0)).toBe(oracle.inputTokens)
    expect(output_tokens).toBe(oracle.outputTokensServed)
    expect(row).toMatchObject({ provider: creator, via: route, status: 'ok', source: 'api', error_code: null, flags: [] })
    expect(oracle.byok).toBe(route === 'vercel' ? true : null)
    if (route === 'vercel') expect(oracle.path).toBe('/vercel/v1/messages')
    await expectExact(gateway, row)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-catraca-call-id': row.call_id,
      'x-catraca-provider': creator,
      'x-catraca-via': route,
      'cache-control': 'no-store',
    })
  })

  test('streams in Anthropic’s order, and the SDK puts the same message together', async () => {
    const whole = await anthropicSdk(gateway).messages.create(ask(said))
    for (const split of [undefined, 1]) {
      const prompt = split === undefined ? said : `${said} [[emulate split=${split}]]`
      const stream = anthropicSdk(gateway).messages.stream(ask(prompt))
      const events: Anthropic.MessageStreamEvent[] = []
      const texts: string[] = []
      stream.on('streamEvent', (event) => void events.push(event))
      stream.on('text', (text) => void texts.push(text))
      const final = await stream.finalMessage()
      expect(texts.join('')).toBe(textOf(whole))
      expect(final.content).toEqual(whole.content)
      expect(final.stop_reason).toBe('end_turn')
      expectOrder(events)
      const row = await settled(gateway, stream.request_id)
      await expectExact(gateway, row)
      expect(final.usage).toMatchObject({ input_tokens: Number(row.input_tokens), output_tokens: Number(row.output_tokens) })
      expect(row.first_token_ms).not.toBeNull()
    }
  })

  test('every event’s name is its type', async () => {
    const text = await (await postMessages(gateway, ask(said, { stream: true }))).text()
    for (const frame of text.trimEnd().split('\n\n')) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? []
      expect(JSON.parse(data ?? '').type, frame).toBe(event)
    }
    expect(text.trimEnd().endsWith('{"type":"message_stop"}')).toBe(true)
  })

  test('stops at the limit that the caller set', async () => {
    const limit = creator === 'google' ? 600 : 3
    const { data, response } = await anthropicSdk(gateway)
      .messages.create(ask('reply with 700 words', { max_tokens: limit }))
      .withResponse()
    expect(data.stop_reason).toBe('max_tokens')
    const row = await settled(gateway, response.headers.get('request-id'))
    expect(row.output_tokens).toBe(BigInt(limit))
    await expectExact(gateway, row)
  })

  test('calls tools, one or several, whole and streamed, and takes their results', async () => {
    const question = ask('use tools clima and hora, por favor', { tools })
    const whole = await anthropicSdk(gateway).messages.create(question)
    const stream = anthropicSdk(gateway).messages.stream(question)
    const events: Anthropic.MessageStreamEvent[] = []
    stream.on('streamEvent', (event) => void events.push(event))
    const streamed = await stream.finalMessage()
    expectOrder(events)
    for (const message of [whole, streamed]) {
      expect(message.stop_reason).toBe('tool_use')
      const calls = message.content.filter((block) => block.type === 'tool_use')
      expect(calls.map(({ name }) => name)).toEqual(['clima', 'hora'])
      for (const call of calls) expect(call.input).toHaveProperty('cidade')
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
    }
    await expectExact(gateway, await settled(gateway, stream.request_id))
    const results = streamed.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: '{"graus":23}' }] : [],
    )
    const { data, response } = await anthropicSdk(gateway)
      .messages.create({
        ...question,
        messages: [...question.messages, { role: 'assistant', content: streamed.content }, { role: 'user', content: results }],
      })
      .withResponse()
    expect(textOf(data)).toContain('graus')
    await expectExact(gateway, await settled(gateway, response.headers.get('request-id')))
  })

  test('makes one call where parallel ones are not wanted, and the tool that is named', async () => {
    const one = await anthropicSdk(gateway).messages.create(
      ask('use tools clima and hora', { tools, tool_choice: { type: 'auto', disable_parallel_tool_use: true } }),
    )
    // Google has no such setting.
    expect(one.content.filter(({ type }) => type === 'tool_use')).toHaveLength(creator === 'google' ? 2 : 1)
    const named = await anthropicSdk(gateway).messages.create(ask('Oi', { tools, tool_choice: { type: 'tool', name: 'hora' } }))
    expect(named.content).toMatchObject([{ type: 'tool_use', name: 'hora' }])
    expect(named.stop_reason).toBe('tool_use')
  })

  test('takes system blocks and fits a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: { cidade: { type: 'string' }, graus: { type: 'integer' } },
      required: ['cidade', 'graus'],
      additionalProperties: false,
    }
    const { data, response } = await anthropicSdk(gateway)
      .messages.create(
        ask('Como está o tempo?', {
          system: [
            { type: 'text', text: 'Você atende.' },
            { type: 'text', text: 'Seja breve.' },
          ],
          output_config: { format: { type: 'json_schema', schema } },
        }),
      )
      .withResponse()
    expect(JSON.parse(textOf(data))).toEqual({ cidade: expect.any(String), graus: expect.any(Number) })
    await expectExact(gateway, await settled(gateway, response.headers.get('request-id')))
  })

  test('takes pictures, also in a tool’s result', async () => {
    const image: Anthropic.ImageBlockParam = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }
    const { data, response } = await anthropicSdk(gateway)
      .messages.create({
        model,
        max_tokens: 600,
        tools,
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'O que é isto?' }, image] },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'clima', input: { cidade: 'Natal' } }] },
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'um mapa' }, image] }],
          },
        ],
      })
      .withResponse()
    expect(data.stop_reason).toBe('end_turn')
    await expectExact(gateway, await settled(gateway, response.headers.get('request-id')))
    const sent = JSON.stringify(gateway.emulator.requests().at(-1)?.body)
    expect(sent.split(pixel).length - 1).toBe(2)
  })

  test('never shows a provider key', async () => {
    for (const body of [ask(said), ask(said, { stream: true }), ask(`${said} [[emulate status=400]]`)]) {
      const answer = await postMessages(gateway, body)
      const shown = `${JSON.stringify([...answer.headers])}${await answer.text()}`
      for (const key of Object.values(emulatorKeys)) expect(shown).not.toContain(key)
    }
  })
})

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const tools: Anthropic.Tool[] = ['clima', 'hora'].map((name) => ({
  name,
  input_schema: { type: 'object', properties: { cidade: { type: 'string' } }, required: ['cidade'] },
}))

/** `message_start`, then blocks one after another, each with its start, deltas and stop, then `message_delta` and `message_stop`. */
function expectOrder(events: Anthropic.MessageStreamEvent[]): void {
  const names = events.filter(({ type }) => (type as string) !== 'ping')
  expect(names[0]?.type).toBe('message_start')
  expect(names.slice(-2).map(({ type }) => type)).toEqual(['message_delta', 'message_stop'])
  let open: number | undefined
  let next = 0
  for (const event of names.slice(1, -2)) {
    if (event.type === 'content_block_start') {
      expect({ open, index: event.index }).toEqual({ open: undefined, index: next })
      open = next
      next += 1
    } else if (event.type === 'content_block_delta') expect(event.index).toBe(open)
    else if (event.type === 'content_block_stop') {
      expect(event.index).toBe(open)
      open = undefined
    } else expect.unreachable(`${event.type} in the middle`)
  }
  expect(open).toBeUndefined()
  expect(next).toBeGreaterThan(0)
}

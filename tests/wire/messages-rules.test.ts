import Anthropic from '@anthropic-ai/sdk'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { anthropicFailure, anthropicSdk, postMessages } from './_support/anthropic.ts'
import { expectBooksClosed, expectExact, nano, oracleOf, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const claude = 'anthropic/claude-sonnet-4-5'
const gpt = 'openai/gpt-4o-mini'
const user = (content: string | Anthropic.ContentBlockParam[]): Anthropic.MessageParam[] => [{ role: 'user', content }]
const ask = (content: Parameters<typeof user>[0], more: object = {}) => ({
  model: claude as string,
  max_tokens: 600,
  messages: user(content),
  ...more,
})

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_BUDGET_WAIT_MS: '100' } })
  await untilRateIsKnown(gateway)
})
afterAll(() => gateway.close())
beforeEach(() => setShared(gateway, { route: 'direct', chain: [] }))
afterEach(() => expectBooksClosed(gateway))

async function withBudget(type: 'tokens' | 'usd', limit: string): Promise<TestClient> {
  const client = await gateway.addClient()
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, $2, $3, 'daily', true)`,
    [client.id, type, limit],
  )
  return client
}

const lastSent = () => gateway.emulator.requests().at(-1)?.body as Record<string, unknown>

describe('who calls', () => {
  test('a client key is taken from x-api-key and as a bearer, with any anthropic-version or none', async () => {
    const { key } = gateway.client
    for (const headers of [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}`, 'x-api-key': '' },
      { 'anthropic-version': '2023-01-01' },
    ]) {
      expect((await postMessages(gateway, ask('Oi'), headers)).status).toBe(200)
    }
    const byToken = anthropicSdk(gateway, gateway.client, { apiKey: null, authToken: key })
    expect((await byToken.messages.create(ask('Oi'))).stop_reason).toBe('end_turn')
  })

  test('the SDK’s beta calls come here too, with the betas that cost nothing more', async () => {
    const { beta } = anthropicSdk(gateway)
    const betas = ['interleaved-thinking-2025-05-14', 'files-api-2025-04-14', 'fast-mode-2026-02-01']
    const context_management = { edits: [{ type: 'clear_tool_uses_20250919' as const }] }
    const answer = await beta.messages.create({ ...ask('Oi'), betas, context_management, stream: false })
    expect(answer.stop_reason).toBe('end_turn')
    expect(gateway.emulator.requests().at(-1)).toMatchObject({
      headers: { 'anthropic-beta': 'interleaved-thinking-2025-05-14' },
      body: { context_management },
    })
    const { input_tokens } = await beta.messages.countTokens({ model: claude, messages: user('Oi'), betas })
    expect(input_tokens).toBeGreaterThan(0)
    // Another provider has no use for either.
    await beta.messages.create({ ...ask('Oi'), model: gpt, betas, context_management, stream: false })
    expect(gateway.emulator.requests().at(-1)?.headers).not.toHaveProperty('anthropic-beta')
  })

  test('a wrong key is an AuthenticationError in Anthropic’s shape', async () => {
    const failure = await anthropicFailure(anthropicSdk(gateway, { id: '', key: 'sk-ant-test-not-ours' }).messages.create(ask('Oi')))
    expect(failure).toBeInstanceOf(Anthropic.AuthenticationError)
    expect(failure.error).toMatchObject({ type: 'error', error: { type: 'authentication_error', code: 'key_unknown' } })
    expect(failure.error).toMatchObject({ request_id: failure.requestID })
  })
})

describe('errors', () => {
  test.each([
    [400, Anthropic.BadRequestError, 400, 'invalid_request_error'],
    [401, Anthropic.InternalServerError, 502, 'api_error'],
    [404, Anthropic.NotFoundError, 404, 'not_found_error'],
    [413, Anthropic.APIError, 413, 'request_too_large'],
    [429, Anthropic.RateLimitError, 429, 'rate_limit_error'],
    [500, Anthropic.InternalServerError, 529, 'overloaded_error'],
    [504, Anthropic.InternalServerError, 504, 'timeout_error'],
    [529, Anthropic.InternalServerError, 529, 'overloaded_error'],
  ] as const)('the provider’s %i is a %o of status %i, %s', async (status, kind, shown, type) => {
    for (const model of [claude, gpt]) {
      const failure = await anthropicFailure(
        anthropicSdk(gateway).messages.create(ask(`Oi [[emulate status=${status} retry-after=2]]`, { model })),
      )
      expect(failure).toBeInstanceOf(kind)
      expect({ status: failure.status, type: failure.type }).toEqual({ status: shown, type })
      if (status === 429) expect(failure.headers?.get('retry-after')).toBe('2')
      expect(await settled(gateway, failure.requestID)).toMatchObject({ status: 'error', total_tokens: 0n })
    }
  })

  test('an error in a stream that has begun is an event and then a cut, never a message_stop', async () => {
    for (const model of [claude, gpt]) {
      for (const fault of ['error=3', 'cut=3', 'end=3', 'garbage']) {
        const response = await postMessages(gateway, ask(`reply with 30 words [[emulate ${fault}]]`, { model, stream: true }))
        expect(response.status).toBe(200)
        const text = await textUntilCut(response)
        expect(text).not.toContain('message_stop')
        const last = text.trimEnd().split('\n\n').at(-1) ?? ''
        expect(last).toMatch(/^event: error\ndata: \{"type":"error"/)
        const row = await settled(gateway, response.headers.get('request-id'))
        expect(row.status).toBe('estimated')
        expect(row.input_tokens).toBeGreaterThan(0n)
        expect(row.output_tokens).toBeGreaterThan(0n)
      }
      const stream = anthropicSdk(gateway).messages.stream(ask('reply with 30 words [[emulate error=3]]', { model }))
      const failure = await anthropicFailure(stream.finalMessage())
      expect(failure.type).toBe('overloaded_error')
      await settled(gateway, stream.request_id)
    }
  })

  test('what is not here is said in Anthropic’s shape too', async () => {
    const batches = await postMessages(gateway, { requests: [] }, {}, '/batches')
    expect({ status: batches.status, body: await batches.json() }).toMatchObject({
      status: 404,
      body: { type: 'error', error: { type: 'not_found_error', code: 'not_found' } },
    })
  })

  test.each([
    ['max_tokens', { max_tokens: undefined }],
    ['tools[0].type', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['tools[0].type', { tools: [{ type: 'code_execution_20250825', name: 'code_execution' }] }],
    ['tools[0].type', { tools: [{ type: 'computer_20250124', name: 'computer' }] }],
    ['mcp_servers', { mcp_servers: [{ type: 'url', url: 'https://x.test', name: 'x' }] }],
    ['speed', { speed: 'fast' }],
    ['inference_geo', { inference_geo: 'us' }],
    ['providerOptions', { providerOptions: { gateway: { order: ['bedrock'] } } }],
    ['messages[0].content[0].source', { messages: user([{ type: 'document', source: { type: 'url', url: 'https://x.test/a.pdf' } }]) }],
    ['system[0].cache_control.ttl', { system: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '30d' } }] }],
  ])('%s is refused by its name, for any model, before anything is spent', async (param, fields) => {
    const before = gateway.emulator.counts().received
    const failure = await anthropicFailure(
      anthropicSdk(gateway).messages.create(ask('Oi', fields) as Anthropic.MessageCreateParamsNonStreaming),
    )
    expect(failure).toBeInstanceOf(Anthropic.BadRequestError)
    expect(failure.error).toMatchObject({ error: { type: 'invalid_request_error', code: 'invalid_body', param } })
    expect(gateway.emulator.counts().received).toBe(before)
  })

  test('what another provider cannot be told is refused by its name, what changes no answer is not', async () => {
    const unknown = await anthropicFailure(anthropicSdk(gateway).messages.create(ask('Oi', { model: gpt, x_unknown: 1 })))
    expect(unknown.error).toMatchObject({ error: { code: 'upstream_invalid_request', param: 'x_unknown' } })
    const more = { model: gpt, metadata: { user_id: 'u-1' }, service_tier: 'auto', cache_control: { type: 'ephemeral' }, temperature: 0.5 }
    await anthropicSdk(gateway).messages.create(ask('Oi', more))
    expect(lastSent()).toMatchObject({ temperature: 0.5, max_tokens: 600 })
  })
})

/** The gateway cuts the connection behind an error event. */
async function textUntilCut(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true })
  } catch {
    // The cut.
  }
  return text
}

describe('money', () => {
  test('a refusal by the budget is 402 and a billing_error, with its figures, and is not tried again', async () => {
    const client = await withBudget('tokens', '100')
    const before = gateway.emulator.counts().received
    const failure = await anthropicFailure(anthropicSdk(gateway, client, { maxRetries: 2 }).messages.create(ask('Oi')))
    expect({ status: failure.status, type: failure.type }).toEqual({ status: 402, type: 'billing_error' })
    expect(failure.error).toMatchObject({ error: { code: 'budget_exceeded', budget: { type: 'tokens', limit: 100 } } })
    expect(gateway.emulator.counts().received).toBe(before)
  })

  test('what the cache read and wrote costs what it costs, for five minutes and for an hour', async () => {
    const long = 'ação e coração '.repeat(600)
    for (const [ttl, price] of [
      ['5m', 3.75],
      ['1h', 6],
    ] as const) {
      const system = [{ type: 'text', text: `${ttl} ${long}`, cache_control: { type: 'ephemeral', ttl } }]
      const rows = []
      for (let call = 0; call < 2; call++) {
        const { data, response } = await anthropicSdk(gateway)
          .messages.create(ask('Oi', { system }) as Anthropic.MessageCreateParamsNonStreaming)
          .withResponse()
        const row = await settled(gateway, response.headers.get('request-id'))
        const oracle = oracleOf(gateway, row)
        rows.push(row)
        expect(BigInt(data.usage.cache_creation_input_tokens ?? -1)).toBe(row.cache_write_tokens)
        expect(BigInt(data.usage.cache_read_input_tokens ?? -1)).toBe(row.cached_tokens)
        const fresh = oracle.inputTokens - oracle.cachedTokens - oracle.cacheWriteTokens
        const usd = fresh * 3 + oracle.cachedTokens * 0.3 + oracle.cacheWriteTokens * price + oracle.outputTokensServed * 15
        expect(Number(row.cost_usd)).toBeCloseTo(usd / 1e6, 12)
      }
      expect(rows[0]?.cache_write_tokens).toBeGreaterThan(1000n)
      expect(rows[1]?.cached_tokens).toBe(rows[0]?.cache_write_tokens)
    }
  })

  test('the hold covers an hour of cache: a hard budget that only covers five minutes of it refuses', async () => {
    // Bytes bound the tokens: 40,000 x US$ 3.75 a million are 15 cents, x US$ 6 are 24.
    const system = (ttl: string) => [{ type: 'text', text: 'a'.repeat(40_000), cache_control: { type: 'ephemeral', ttl } }]
    const client = await withBudget('usd', '0.2')
    const hour = await anthropicFailure(
      anthropicSdk(gateway, client).messages.create(ask('Oi', { system: system('1h') }) as Anthropic.MessageCreateParamsNonStreaming),
    )
    expect(hour.status).toBe(402)
    const escaped = JSON.stringify(ask('Oi', { system: system('1h') })).replace('"ttl":"1h"', '"ttl":"\\u0031h"')
    expect((await postMessages(gateway, escaped, { 'x-api-key': client.key })).status).toBe(402)
    await anthropicSdk(gateway, client).messages.create(ask('Oi', { system: system('5m') }) as Anthropic.MessageCreateParamsNonStreaming)
  })

  test('a hard budget that covers less sends less, and the thinking fits into it', async () => {
    for (const [limit, thinking] of [
      ['4000', { type: 'enabled', budget_tokens: expect.any(Number) }],
      ['1100', { type: 'disabled' }],
    ] as const) {
      const client = await withBudget('tokens', limit)
      await anthropicSdk(gateway, client).messages.create(
        ask('reply with 3 words', { max_tokens: 8000, thinking: { type: 'enabled', budget_tokens: 6000 } }),
      )
      const sent = lastSent() as { max_tokens: number; thinking: { budget_tokens?: number } }
      expect(sent.max_tokens).toBeLessThan(Number(limit))
      expect(sent.thinking).toEqual(thinking)
      expect(sent.thinking.budget_tokens ?? 0).toBeLessThan(sent.max_tokens)
    }
  })
})

test('thinking streams with its signature, is metered, and goes back as it came', async () => {
  const question = ask('reply with 5 words', { max_tokens: 4096, thinking: { type: 'enabled', budget_tokens: 1024 } })
  const stream = anthropicSdk(gateway).messages.stream(question)
  const message = await stream.finalMessage()
  expect(message.content).toMatchObject([
    { type: 'thinking', thinking: expect.stringContaining('pensando'), signature: expect.stringMatching(/.+/) },
    { type: 'text' },
  ])
  const row = await settled(gateway, stream.request_id)
  expect(row.reasoning_tokens).toBe(8n)
  await expectExact(gateway, row)
  const history = [...question.messages, { role: 'assistant' as const, content: message.content }, ...user('e agora?')]
  await anthropicSdk(gateway).messages.create({ ...question, messages: history })
  expect(JSON.stringify(lastSent())).toContain(JSON.stringify(message.content[0]))
  // Another provider could not verify it.
  await anthropicSdk(gateway).messages.create({ ...question, model: gpt, messages: history })
  expect(JSON.stringify(lastSent())).not.toContain('pensando')
  const other = await anthropicSdk(gateway)
    .messages.stream({ ...question, model: 'google/gemini-2.5-flash' })
    .finalMessage()
  expect(other.content.map(({ type }) => type)).toContain('text')
})

test('a PDF goes to who can read it, and is refused in words for who cannot', async () => {
  const pdf = Buffer.from('%PDF-1.4 fim').toString('base64')
  const document = { type: 'document', title: 'nota.pdf', source: { type: 'base64', media_type: 'application/pdf', data: pdf } } as const
  for (const model of [claude, gpt, 'google/gemini-2.5-flash']) {
    const answer = await anthropicSdk(gateway).messages.create(ask([{ type: 'text', text: 'Leia' }, document], { model }))
    expect(answer.stop_reason).toBe('end_turn')
    expect(JSON.stringify(lastSent())).toContain(pdf)
  }
  const refused = await anthropicFailure(anthropicSdk(gateway).messages.create(ask([document], { model: 'groq/llama-3.3-70b-versatile' })))
  expect(refused.status).toBe(400)
  expect(refused.message).toMatch(/Groq|PDF|file/i)
})

test('another target answers when the first cannot, in the same dialect and once', async () => {
  await setShared(gateway, { chain: [gpt] })
  for (const stream of [false, true]) {
    const response = await postMessages(gateway, ask('reply with 4 words [[emulate provider=anthropic status=529]]', { stream }))
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(response.headers.get('x-catraca-provider')).toBe('openai')
    expect(response.headers.get('x-catraca-fallback')).toContain('529')
    expect(text).toContain(stream ? 'event: message_stop' : '"stop_reason":"end_turn"')
    const row = await settled(gateway, response.headers.get('request-id'))
    expect(row).toMatchObject({ was_fallback: true, provider: 'openai', model_name: 'gpt-4o-mini' })
    await expectExact(gateway, row)
  }
})

test('a caller who leaves in the middle is charged what was served', async () => {
  for (const model of [claude, gpt]) {
    const stream = anthropicSdk(gateway).messages.stream(ask('reply with 40 words [[emulate gap=2]]', { model }))
    await new Promise<void>((resolve) => stream.once('text', () => resolve()))
    stream.abort()
    await expect(stream.done()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError)
    const row = await settled(gateway, stream.request_id)
    expect(row.status).toBe('cancelled')
    await expectExact(gateway, row)
  }
})

test('usage that lies or is missing is not believed', async () => {
  for (const [fault, flag] of [
    ['usage=negative', 'usage_rejected'],
    ['usage=none', 'usage_missing'],
  ] as const) {
    for (const stream of [false, true]) {
      const response = await postMessages(gateway, ask(`reply with 20 words [[emulate ${fault}]]`, { stream }))
      await response.text()
      const row = await settled(gateway, response.headers.get('request-id'))
      expect(row).toMatchObject({ status: 'estimated', flags: [flag] })
      expect(row.output_tokens).toBeGreaterThanOrEqual(20n)
      expect(nano(row.cost_usd)).toBeGreaterThan(0n)
    }
  }
})

describe('count_tokens', () => {
  const question = { model: claude as string, system: 'Você atende.', messages: user('Quantos tokens são?') }

  test('is Anthropic’s own count where it can be asked, costs nothing and leaves no row', async () => {
    const rows = await gateway.database.query('select 1 from gateway_usage_logs')
    const client = await withBudget('tokens', '1')
    const { data, response } = await anthropicSdk(gateway, client).messages.countTokens(question).withResponse()
    const counted = await anthropicSdk(gateway)
      .messages.create({ ...question, max_tokens: 50 })
      .withResponse()
    expect(data).toEqual({ input_tokens: counted.data.usage.input_tokens })
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-catraca-count': 'provider', 'cache-control': 'no-store' })
    expect(gateway.emulator.requests().at(-2)?.path).toBe('/anthropic/v1/messages/count_tokens')
    await settled(gateway, counted.response.headers.get('request-id'))
    expect(await gateway.database.query('select 1 from gateway_usage_logs')).toHaveLength(rows.length + 1)
  })

  test('is an estimate, and says so, for the models of others and where all goes by Vercel', async () => {
    const before = gateway.emulator.counts().received
    const { data, response } = await anthropicSdk(gateway)
      .messages.countTokens({ ...question, model: gpt })
      .withResponse()
    expect(data.input_tokens).toBeGreaterThan(10)
    expect(data.input_tokens).toBeLessThan(200)
    expect(response.headers.get('x-catraca-count')).toBe('estimate')
    expect(gateway.emulator.counts().received).toBe(before)
  })

  test('is one of the requests a minute that the key has, and none of its tokens', async () => {
    const client = await gateway.addClient()
    await gateway.database.query('update client_api_keys set requests_per_minute = 2, tokens_per_minute = 10 where client_id = $1', [
      client.id,
    ])
    for (const left of ['1', '0']) {
      const { response } = await anthropicSdk(gateway, client).messages.countTokens(question).withResponse()
      expect(response.headers.get('x-ratelimit-remaining-requests')).toBe(left)
    }
    const tooMany = await anthropicFailure(anthropicSdk(gateway, client).messages.countTokens(question))
    expect({ status: tooMany.status, type: tooMany.type }).toEqual({ status: 429, type: 'rate_limit_error' })
    expect(Number(tooMany.headers?.get('retry-after'))).toBeGreaterThan(0)
  })

  test('keeps to what the key may use, what guardrails say and what a body may hold', async () => {
    const client = await gateway.addClient({ allowedModels: [gpt] })
    const other = await anthropicFailure(anthropicSdk(gateway, client).messages.countTokens(question))
    expect({ status: other.status, type: other.type }).toEqual({ status: 403, type: 'permission_error' })
    const guarded = await gateway.addClient()
    await gateway.database.query("insert into client_guardrails (client_id, mask_pii) values ($1, '{cpf}')", [guarded.id])
    await anthropicSdk(gateway, guarded).messages.countTokens({ ...question, messages: user('CPF 529.982.247-25') })
    expect(JSON.stringify(lastSent())).toContain('CPF [CPF]')
    const tool = { ...question, tools: [{ type: 'web_search_20250305' as const, name: 'web_search' as const }] }
    expect((await anthropicFailure(anthropicSdk(gateway).messages.countTokens(tool))).status).toBe(400)
    const failing = await anthropicFailure(
      anthropicSdk(gateway).messages.countTokens({ ...question, messages: user('Oi [[emulate status=529]]') }),
    )
    expect({ status: failing.status, type: failing.type }).toEqual({ status: 529, type: 'overloaded_error' })
  })
})

test('guardrails look into every block, and masked words are what is sent', async () => {
  const client = await gateway.addClient()
  await gateway.database.query("insert into client_guardrails (client_id, mask_pii, blocked_terms) values ($1, '{cpf}', '{aposta}')", [
    client.id,
  ])
  const cpf = '529.982.247-25'
  const beta = { 'anthropic-beta': 'interleaved-thinking-2025-05-14' }
  const content: Anthropic.ContentBlockParam[] = [
    { type: 'text', text: `meu CPF é ${cpf}` },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: `CPF ${cpf}` } },
  ]
  for (const model of [claude, gpt]) {
    await anthropicSdk(gateway, client).messages.create(ask(content, { model, system: `CPF ${cpf}` }), { headers: beta })
    expect(JSON.stringify(lastSent())).not.toContain(cpf)
    expect(JSON.stringify(lastSent()).split('[CPF]')).toHaveLength(4)
  }
  const seen = gateway.emulator.requests().findLast(({ provider }) => provider === 'anthropic')
  expect(seen?.headers).toMatchObject(beta)
  const document = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'uma aposta' } } as const
  const blocked = await anthropicFailure(anthropicSdk(gateway, client).messages.create(ask([document])))
  expect(blocked.error).toMatchObject({ error: { type: 'invalid_request_error', code: 'content_blocked' } })
})

import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { emulatorKeys, startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { failureOf, post, readStream, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, expectExact, nano, setShared, settled, type UsageRow, untilRateIsKnown } from './_support/settled.ts'

const model = 'openai/gpt-4o-mini'

let gateway: TestGateway
let firstCall = 0

beforeAll(async () => {
  gateway = await startTestGateway({
    keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'],
    env: { CATRACA_FIRST_BYTE_TIMEOUT_MS: '1000', CATRACA_IDLE_TIMEOUT_MS: '1000' },
  })
  await untilRateIsKnown(gateway)
})
afterAll(() => gateway.close())
beforeEach(() => {
  firstCall = gateway.emulator.served().at(-1)?.sequence ?? 0
})
afterEach(() => expectBooksClosed(gateway))

/** Where the emulator saw this test's calls go. */
function served(): string[] {
  return gateway.emulator
    .served()
    .filter((call) => call.sequence > firstCall)
    .map((call) => `${call.provider} ${call.model}`)
}

/** Makes a call whole and streamed, and answers with both rows. */
async function callBothWays(
  content: string,
  client: TestClient = gateway.client,
): Promise<{ row: UsageRow; headers: Headers; text: string }[]> {
  const params = { model, messages: user(content) }
  const { data, response } = await sdk(gateway, client).chat.completions.create(params).withResponse()
  const streamed = await readStream(sdk(gateway, client), params)
  expect(streamed.error).toBeUndefined()
  return [
    {
      row: await settled(gateway, response.headers.get('x-request-id')),
      headers: response.headers,
      text: data.choices[0]?.message.content ?? '',
    },
    { row: await settled(gateway, streamed.callId), headers: streamed.headers, text: streamed.text },
  ]
}

describe('vercel fails, the provider itself answers', () => {
  test.each([
    ['status=500', 'upstream_overloaded: openai/gpt-4o-mini via vercel answered 500'],
    ['status=429', 'upstream_rate_limited: openai/gpt-4o-mini via vercel answered 429'],
    ['status=401', 'upstream_auth: openai/gpt-4o-mini via vercel answered 401'],
    ['status=402', 'upstream_auth: openai/gpt-4o-mini via vercel answered 402'],
    ['status=404', 'upstream_invalid_request: openai/gpt-4o-mini via vercel answered 404'],
  ])('%s, for nothing', async (markers, reason) => {
    for (const { row, headers, text } of await callBothWays(`reply with 4 words [[emulate provider=vercel ${markers}]]`)) {
      expect(text).toBe('uma ação não é')
      expect(headers.get('x-catraca-fallback')).toBe(reason)
      expect(headers.get('x-catraca-via')).toBe('direct')
      expect(row).toMatchObject({ status: 'ok', via: 'direct', was_fallback: true, fallback_reason: reason, error_code: null })
      expect(row.attempts).toMatchObject([
        { provider: 'openai', via: 'vercel', error: reason.split(':')[0], tokens: 0 },
        { provider: 'openai', via: 'direct', status: 200 },
      ])
      await expectExact(gateway, row)
    }
    expect(served()).toEqual(['vercel openai/gpt-4o-mini', 'openai gpt-4o-mini', 'vercel openai/gpt-4o-mini', 'openai gpt-4o-mini'])
  })

  test.each([
    ['hang', 'upstream_timeout: openai/gpt-4o-mini via vercel did not answer in time'],
    ['reset', 'stream_cut: openai/gpt-4o-mini via vercel broke off its answer'],
  ])('%s, after which the provider may bill: that is on the row as well', async (markers, reason) => {
    for (const { row, headers } of await callBothWays(`reply with 4 words [[emulate provider=vercel ${markers}]]`)) {
      expect(headers.get('x-catraca-fallback')).toBe(reason)
      expect(row).toMatchObject({ status: 'estimated', flags: ['usage_missing'], was_fallback: true, fallback_reason: reason })
      expectSummed(row)
    }
  })
})

describe('a fallback that cannot be asked in its own words', () => {
  const down = 'reply with 4 words [[emulate provider=openai status=503]] [[emulate provider=vercel status=503]]'
  const chainOf = async (chain: string[]) => {
    const client = await gateway.addClient()
    await gateway.database.query('update clients set fallback_chain = $2 where id = $1', [client.id, JSON.stringify(chain)])
    await expect.poll(async () => (await gateway.server.context.clients.find(client.id))?.fallbackChain).toEqual(chain)
    return client
  }

  test('is passed over for the next, and stands on the row', async () => {
    const client = await chainOf(['anthropic/claude-sonnet-4-5', 'groq/llama-3.3-70b-versatile'])
    const answer = await post(gateway, { model, messages: user(down), logprobs: true }, { client })
    expect(answer.status).toBe(200)
    const row = await settled(gateway, answer.headers.get('x-request-id'))
    expect(row).toMatchObject({ status: 'ok', provider: 'groq', via: 'direct', was_fallback: true })
    const [own] = row.attempts.filter(({ error }) => error === 'upstream_invalid_request')
    expect(own).toMatchObject({ provider: 'anthropic', via: 'direct', tokens: 0 })
    expect(own).not.toHaveProperty('status')
    await expectExact(gateway, row)
  })

  test('leaves the caller with what the provider said, not with a fault of theirs', async () => {
    const client = await chainOf(['anthropic/claude-sonnet-4-5'])
    for (const stream of [false, true]) {
      const params = { model, messages: user(down), logprobs: true }
      const failure = await failureOf(
        stream ? sdk(gateway, client).chat.completions.create({ ...params, stream }) : sdk(gateway, client).chat.completions.create(params),
      )
      expect(failure).toMatchObject({ status: 503, code: 'upstream_overloaded' })
      const row = await settled(gateway, failure.requestID)
      expect(row).toMatchObject({ status: 'error', error_code: 'upstream_overloaded', cost_usd: '0.000000000000' })
      expect(row.attempts.map(({ provider, via, error }) => `${provider} ${via} ${error}`)).toEqual([
        'openai vercel upstream_overloaded',
        'openai direct upstream_overloaded',
        'anthropic vercel upstream_overloaded',
        'anthropic direct upstream_invalid_request',
      ])
    }
  })

  test('is the caller’s own affair where it is the very model that was asked for', async () => {
    await setShared(gateway, { route: 'direct' })
    const client = await chainOf([model])
    const params = { model: 'anthropic/claude-sonnet-4-5', messages: user('Oi'), logprobs: true }
    const failure = await failureOf(sdk(gateway, client).chat.completions.create(params))
    expect(failure).toMatchObject({ status: 400, param: 'logprobs' })
    expect(served()).toEqual([])
    await setShared(gateway, { route: 'auto' })
  })
})

describe('the model fails, the next of the chain answers', () => {
  const failing =
    'reply with 4 words [[emulate provider=openai status=503]] [[emulate provider=vercel model=openai/gpt-4o-mini status=503]]'

  test('of the shared chain, each model by vercel and then direct', async () => {
    for (const { row, headers } of await callBothWays(failing)) {
      expect(row).toMatchObject({
        provider: 'groq',
        model_name: 'llama-3.3-70b-versatile',
        via: 'vercel',
        was_fallback: true,
        status: 'ok',
      })
      expect(row.attempts.map(({ provider, via }) => `${provider} ${via}`)).toEqual(['openai vercel', 'openai direct', 'groq vercel'])
      expect(headers.get('x-catraca-model')).toBe('llama-3.3-70b-versatile')
      expect(headers.get('x-catraca-fallback')).toBe('upstream_overloaded: openai/gpt-4o-mini via direct answered 503')
      await expectExact(gateway, row)
    }
  })

  test('of the client’s own chain, by translation where its provider speaks another dialect', async () => {
    const client = await gateway.addClient()
    await gateway.database.query(`update clients set fallback_chain = '["anthropic/claude-sonnet-4-5", "${model}"]' where id = $1`, [
      client.id,
    ])
    await expect
      .poll(async () => (await gateway.server.context.clients.find(client.id))?.fallbackChain)
      .toEqual(['anthropic/claude-sonnet-4-5', model])
    const noVercel = '[[emulate provider=vercel status=503]]'
    for (const { row, text } of await callBothWays(`${failing} ${noVercel}`, client)) {
      expect(text).toBe('uma ação não é')
      expect(row).toMatchObject({ provider: 'anthropic', via: 'direct' })
      expect(row.attempts).toHaveLength(4)
      await expectExact(gateway, row)
    }
  })

  test('a client with an empty chain of its own has no other model', async () => {
    const client = await gateway.addClient()
    await gateway.database.query(`update clients set fallback_chain = '[]' where id = $1`, [client.id])
    await expect.poll(async () => (await gateway.server.context.clients.find(client.id))?.fallbackChain).toEqual([])
    const failure = await failureOf(sdk(gateway, client).chat.completions.create({ model, messages: user(failing) }))
    expect(failure.status).toBe(503)
    const row = await settled(gateway, failure.requestID)
    expect(row).toMatchObject({ status: 'error', error_code: 'upstream_overloaded', was_fallback: true })
    // The error is the last attempt's; the first one's is on the row and in the header, not hidden.
    expect(row.attempts).toMatchObject([
      { via: 'vercel', status: 503 },
      { via: 'direct', status: 503 },
    ])
    expect(failure.headers?.get('x-catraca-fallback')).toBe('upstream_overloaded: openai/gpt-4o-mini via vercel answered 503')
  })

  test('a model without any shared key is passed over, and the row says so', async () => {
    await gateway.database.query('update shared_gateway_config set anthropic_api_key_secret_id = null')
    await setShared(gateway, { route: 'direct' })
    const { response } = await sdk(gateway)
      .chat.completions.create({ model: 'anthropic/claude-sonnet-4-5', messages: user('Oi') })
      .withResponse()
    const row = await settled(gateway, response.headers.get('x-request-id'))
    expect(row).toMatchObject({ provider: 'openai', was_fallback: true })
    expect(row.fallback_reason).toContain('anthropic/claude-sonnet-4-5')
    expect(response.headers.get('x-catraca-fallback')).toBe(row.fallback_reason)
    await expectExact(gateway, row)
    await setShared(gateway, { route: 'auto' })
  })

  test('is not asked for more output than it has', async () => {
    const hard = await gateway.addClient()
    await gateway.database.query(
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'usd', 100, 'daily', true)`,
      [hard.id],
    )
    const content = 'Oi [[emulate model=gpt-4.1-mini status=503]] [[emulate model=openai/gpt-4.1-mini status=503]]'
    for (const client of [gateway.client, hard]) {
      const answer = await post(gateway, { model: 'openai/gpt-4.1-mini', messages: user(content), max_tokens: 30_000 }, { client })
      expect(answer.headers.get('x-catraca-model')).toBe('gpt-4o-mini')
      await settled(gateway, answer.headers.get('x-request-id'))
      const limits = gateway.emulator
        .requests()
        .slice(-3)
        .map((request) => (request.body as { max_tokens?: number }).max_tokens)
      expect(limits).toEqual([30_000, 30_000, 16_384])
    }
  })
})

describe('nothing falls back', () => {
  test('when the request itself is wrong', async () => {
    const failure = await failureOf(sdk(gateway).chat.completions.create({ model, messages: user('Oi [[emulate status=400]]') }))
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError)
    expect(failure.headers?.has('x-catraca-fallback')).toBe(false)
    expect(await settled(gateway, failure.requestID)).toMatchObject({
      was_fallback: false,
      fallback_reason: null,
      attempts: [{ status: 400 }],
    })
    expect(served()).toEqual(['vercel openai/gpt-4o-mini'])
  })

  test('after the first byte', async () => {
    for (const markers of ['error=2', 'cut=2', 'end=2', 'hang-after=2', 'garbage']) {
      const streamed = await readStream(sdk(gateway), { model, messages: user(`reply with 9 words [[emulate ${markers}]]`) })
      expect(streamed.error).toBeInstanceOf(OpenAI.APIError)
      expect((await settled(gateway, streamed.callId)).attempts).toHaveLength(1)
    }
    expect(served()).toHaveLength(5)
  })
})

describe('retries and fallbacks are one row (R11)', () => {
  test('two refusals and a success cost what the success costs', async () => {
    const content = 'reply with 30 words [[emulate model=gpt-4o-mini status=500]] [[emulate model=openai/gpt-4o-mini status=429]]'
    for (const { row } of await callBothWays(content)) {
      expect(row.attempts).toHaveLength(3)
      await expectExact(gateway, row)
      expectSummed(row)
    }
  })

  test('two answers that broke half-way and a success cost all three, none below what was served', async () => {
    const content = 'reply with 30 words [[emulate model=gpt-4o-mini cut=1]] [[emulate model=openai/gpt-4o-mini cut=1]]'
    const { response } = await sdk(gateway)
      .chat.completions.create({ model, messages: user(content) })
      .withResponse()
    const row = await settled(gateway, response.headers.get('x-request-id'))
    expect(row).toMatchObject({ status: 'estimated', provider: 'groq', flags: ['usage_missing'], error_code: null })
    expect(row.attempts).toHaveLength(3)
    const truth = gateway.emulator.served().filter((call) => call.sequence > firstCall)
    expect(truth).toHaveLength(3)
    for (const [index, attempt] of row.attempts.entries()) {
      const call = truth[index]
      const tokens = (call?.inputTokens ?? 0) + (call?.outputTokensServed ?? 0)
      expect(attempt.request_id).toBe(call?.requestId)
      if (index === 2) expect(attempt.tokens).toBe(tokens)
      else expect(attempt.tokens).toBeGreaterThanOrEqual(tokens)
    }
    expectSummed(row)
    const served = truth.map((call) => call.inputTokens + call.outputTokensServed)
    reportFigure('R11', undefined, `3 attempts on 1 row: ${row.attempts.map(({ tokens }) => tokens)} tokens booked, ${served} served`)
  })

  test('with a hard budget, all attempts together stay within the one hold', async () => {
    const client = await gateway.addClient()
    await gateway.database.query(
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 2000, 'daily', true)`,
      [client.id],
    )
    // Refused attempts cost nothing, so the hold still covers the next.
    for (const { row } of await callBothWays('reply with 30 words [[emulate provider=vercel status=503]]', client)) {
      expect(row).toMatchObject({ status: 'ok', via: 'direct', provider: 'openai' })
    }
    // One that says in its stream that it failed has read the prompt at the most, which leaves enough as well.
    const told = await readStream(sdk(gateway, client), { model, messages: user('reply with 5 words [[emulate provider=vercel error=0]]') })
    expect(told.text).toBe('uma ação não é só')
    expect(await settled(gateway, told.callId)).toMatchObject({ status: 'estimated', via: 'direct', was_fallback: true })
    // An attempt that may have been billed in full leaves nothing for another: the call fails rather than pass the limit.
    const failure = await failureOf(
      sdk(gateway, client).chat.completions.create({ model, messages: user('reply with 30 words [[emulate provider=vercel hang]]') }),
    )
    expect(failure.status).toBe(504)
    const row = await settled(gateway, failure.requestID)
    expect(row.attempts).toHaveLength(1)
    await expectBooksClosed(gateway)
    const [budget] = await gateway.database.query<{ current_usage: string }>(
      'select current_usage from client_budgets where client_id = $1',
      [client.id],
    )
    expect(Number(budget?.current_usage)).toBeLessThanOrEqual(2000)
  })
})

test('a hard budget with room holds as much again, so that an answer still comes after an attempt that hung', async () => {
  const client = await gateway.addClient()
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     values ($1, 'tokens', 100000, 'daily', true), ($1, 'brl', 50, 'monthly', true)`,
    [client.id],
  )
  for (const { row } of await callBothWays('reply with 30 words [[emulate provider=vercel hang]]', client)) {
    expect(row).toMatchObject({ status: 'estimated', via: 'direct', provider: 'openai', was_fallback: true })
    expect(row.attempts).toHaveLength(2)
    // The attempt that hung is charged its whole hold, the one that answered what it used; the two holds together cover both.
    expect(row.flags).toEqual(['usage_missing'])
  }
  await expectBooksClosed(gateway)
})

describe('only the shared keys', () => {
  test('a caller’s own keys, models and route do not reach the gateway behind the gateway', async () => {
    const answer = await post(gateway, {
      model,
      messages: user('Oi'),
      models: ['openai/gpt-4o'],
      providerOptions: {
        gateway: {
          byok: { openai: [{ apiKey: 'sk-test-of-the-caller' }] },
          models: ['openai/gpt-4o'],
          only: ['azure'],
          user: 'somebody-else',
        },
        openai: { reasoningEffort: 'low' },
      },
    })
    expect(answer.status).toBe(200)
    const sent = gateway.emulator.requests().at(-1)?.body
    expect(sent).toMatchObject({
      model,
      models: [model],
      providerOptions: {
        gateway: { byok: { openai: [{ apiKey: emulatorKeys.openai }] }, user: 'agencia', only: ['openai'] },
        openai: { reasoningEffort: 'low' },
      },
    })
    expect(JSON.stringify(sent)).not.toContain('sk-test-of-the-caller')
    await settled(gateway, answer.headers.get('x-request-id'))
  })

  test('were used in every call of this file', () => {
    const shared = Object.values(emulatorKeys).map((key) => key.slice(-4))
    for (const call of gateway.emulator.served()) {
      expect(shared).toContain(call.keyLast4)
      if (call.provider === 'vercel') expect(call.byok).toBe(true)
    }
    expect(gateway.emulator.counts().unauthorized).toBe(0)
  })
})

/** A row is the sum of its attempts. */
function expectSummed(row: UsageRow): void {
  expect(row.attempts.reduce((sum, attempt) => sum + BigInt(attempt.tokens), 0n)).toBe(row.total_tokens)
  expect(row.attempts.reduce((sum, attempt) => sum + nano(attempt.cost_usd), 0n)).toBe(nano(row.cost_usd))
}

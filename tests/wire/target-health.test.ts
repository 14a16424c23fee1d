import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../src/shared/log.ts'
import { callGateway, newAgent } from '../_support/call-gateway.ts'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { isLong, reportFigure } from '../_support/report-figure.ts'
import { failureOf, post, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, expectExact, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const calls = isLong ? 50_000 : 5_000
const concurrency = 32

const openai = 'openai/gpt-4o-mini'
const groq = 'groq/llama-3.3-70b-versatile'
const google = 'google/gemini-2.5-flash'

const lines: string[] = []
let gateway: TestGateway

beforeAll(async () => {
  const log = { ...silentLog, info: note, warn: note }
  gateway = await startTestGateway({ log, env: { CATRACA_FAILURES_TO_PASS_OVER: '5', CATRACA_RETRIES: '1' } })
  await setShared(gateway, { route: 'direct', chain: [openai, groq, google] })
  await untilRateIsKnown(gateway)
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

function note(line: string): void {
  if (/fails|answers again/.test(line)) lines.push(line)
}

async function ask(model: string, client: TestClient = gateway.client, content = 'reply with 4 words') {
  const { response } = await sdk(gateway, client)
    .chat.completions.create({ model, messages: user(content) })
    .withResponse()
  return await settled(gateway, response.headers.get('x-request-id'))
}

describe('one of three targets fails always (R20)', () => {
  test('after its first five failures it sees under 1 % of the calls, and all calls are answered', { timeout: calls * 30 }, async () => {
    // Another target that fails for a moment only: it rests while the load below runs.
    const blip = gateway.emulator.inject({ match: { provider: 'groq' }, status: 503 })
    for (let i = 0; i < 5; i += 1) expect(await ask(groq)).toMatchObject({ was_fallback: true, provider: 'openai' })
    blip()
    const brokeAtMs = performance.now()

    const client = await gateway.addClient()
    const fault = gateway.emulator.inject({ match: { provider: 'openai' }, status: 503 })
    const first = gateway.emulator.served().at(-1)?.sequence ?? 0
    const agent = newAgent()
    const beganMs = performance.now()
    let left = calls
    const caller = async () => {
      while (left-- > 0) {
        const body = { model: openai, messages: user('reply with 4 words') }
        expect(await callGateway({ url: gateway.url, key: client.key, body, agent })).toMatchObject({ status: 200, complete: true })
      }
    }
    await Promise.all(Array.from({ length: concurrency }, caller))
    const tookMs = performance.now() - beganMs
    agent.destroy()
    fault()

    const served = gateway.emulator.served().filter((call) => call.sequence > first)
    const asked = served.filter(({ provider }) => provider === 'openai').length
    const share = (asked - 5) / calls
    reportFigure(
      'R20',
      undefined,
      `${calls} calls in ${(tookMs / 1000).toFixed(1)} s, ${asked} of them asked of the failing target: after the first five ` +
        `${(share * 100).toFixed(2)} % of the calls, those under way then included; every call was answered`,
    )
    expect(share).toBeLessThan(0.01)
    expect(lines.filter((line) => line.includes(openai) && line.includes('fails'))).toHaveLength(1)
    await expectBooksClosed(gateway)
    const [rows] = await gateway.database.query(
      `select count(*)::int as calls, count(*) filter (where status = 'ok' and was_fallback and provider <> 'openai')::int as fallbacks,
         sum(jsonb_array_length(attempts))::int as attempts, sum(total_tokens)::int as tokens
       from gateway_usage_logs where client_id = $1`,
      [client.id],
    )
    const tokens = served.reduce((sum, call) => sum + (call.provider === 'openai' ? 0 : call.inputTokens + call.outputTokensServed), 0)
    expect(rows).toEqual({ calls, fallbacks: calls, attempts: served.length, tokens })
    const [passedOver] = await gateway.database.query<{ call_id: string }>(
      `select call_id from gateway_usage_logs where client_id = $1 and jsonb_array_length(attempts) = 1 limit 1`,
      [client.id],
    )
    const row = await settled(gateway, passedOver?.call_id)
    expect(row.fallback_reason).toBe('upstream_overloaded: openai/gpt-4o-mini via direct is failing and was passed over')
    await expectExact(gateway, row)

    // The fault of the other is long gone: the first probe after its cool-down succeeds, and all traffic returns.
    await delay(Math.max(0, brokeAtMs + 12_500 - performance.now()))
    for (let i = 0; i < 10; i += 1) {
      const back = await ask(groq)
      expect(back).toMatchObject({ provider: 'groq', was_fallback: false, fallback_reason: null })
      await expectExact(gateway, back)
    }
    expect(lines.at(-1)).toBe(`[AI Gateway] ${groq} via direct answers again`)
  })

  test('a target that was passed over and answers after all is no fallback', async () => {
    const mini = 'openai/gpt-4.1-mini'
    const client = await gateway.addClient()
    await gateway.database.query('update clients set fallback_chain = $2 where id = $1', [client.id, JSON.stringify([groq, google])])
    for (let i = 0; i < 5; i += 1) {
      expect(await ask(mini, client, 'Oi [[emulate provider=openai status=503]]')).toMatchObject({ provider: 'groq', was_fallback: true })
    }
    const others = '[[emulate provider=groq status=503]] [[emulate provider=google status=503]]'
    const row = await ask(mini, client, `reply with 4 words ${others}`)
    expect(row).toMatchObject({ provider: 'openai', status: 'ok', was_fallback: false, fallback_reason: null })
    expect(row.attempts.map(({ provider, status }) => `${provider} ${status}`)).toEqual(['groq 503', 'google 503', 'openai 200'])
    await expectExact(gateway, row)
  })

  test('with nothing but failing targets, each is still tried, and the caller hears of the failure', async () => {
    const fault = gateway.emulator.inject({ status: 503 })
    const client = await gateway.addClient()
    for (let i = 0; i < 7; i += 1) {
      const failure = await failureOf(sdk(gateway, client).chat.completions.create({ model: openai, messages: user('Oi') }))
      expect(failure).toMatchObject({ status: 503, code: 'upstream_overloaded' })
      expect((await settled(gateway, failure.requestID)).attempts.length).toBeGreaterThanOrEqual(3)
    }
    fault()
    // No cool-down keeps a call from the first answer that there is.
    expect(await ask(openai)).toMatchObject({ provider: 'openai', was_fallback: false, status: 'ok' })
  })

  test('the caller’s own errors say nothing of the target', async () => {
    for (let i = 0; i < 8; i += 1) {
      const failure = await failureOf(sdk(gateway).chat.completions.create({ model: openai, messages: user('Oi [[emulate status=400]]') }))
      expect(failure.status).toBe(400)
    }
    expect(await ask(openai)).toMatchObject({ provider: 'openai', was_fallback: false })
  })
})

describe('the last target is asked once more', () => {
  let alone: TestGateway

  beforeAll(async () => {
    alone = await startTestGateway({ keys: ['openai'], env: { CATRACA_RETRIES: '1' } })
    await setShared(alone, { route: 'direct', chain: [] })
    await untilRateIsKnown(alone)
    // A retry is earned by five calls.
    for (let i = 0; i < 15; i += 1) await post(alone, { model: openai, messages: user('Oi') })
  })
  afterAll(() => alone.close())
  afterEach(() => expectBooksClosed(alone))

  test('a refusal for want of capacity costs nothing, and the call is answered within its one hold', async () => {
    const client = await alone.addClient()
    await alone.database.query(
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 500, 'daily', true)`,
      [client.id],
    )
    const { response } = await sdk(alone, client)
      .chat.completions.create({ model: openai, messages: user('reply with 30 words [[call once]] [[emulate status=503 times=1]]') })
      .withResponse()
    const row = await settled(alone, response.headers.get('x-request-id'))
    expect(row).toMatchObject({ status: 'ok', was_fallback: false, fallback_reason: null, error_code: null })
    expect(row.attempts).toMatchObject([
      { provider: 'openai', status: 503, error: 'upstream_overloaded', tokens: 0 },
      { provider: 'openai', status: 200 },
    ])
    await expectExact(alone, row)
  })

  test('after the pause that the provider asks for, where that is short', async () => {
    const beganMs = performance.now()
    const content = 'Oi [[call pause]] [[emulate status=429 retry-after=1 times=1]]'
    const { response } = await sdk(alone)
      .chat.completions.create({ model: openai, messages: user(content) })
      .withResponse()
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(1_000)
    expect((await settled(alone, response.headers.get('x-request-id'))).attempts).toHaveLength(2)
  })

  test('where it is long, the caller is told instead', async () => {
    const content = 'Oi [[emulate status=429 retry-after=30]]'
    const failure = await failureOf(sdk(alone).chat.completions.create({ model: openai, messages: user(content) }))
    expect(failure.status).toBe(429)
    expect(failure.headers?.get('retry-after')).toBe('30')
    expect((await settled(alone, failure.requestID)).attempts).toHaveLength(1)
  })

  test('a caller who leaves during the pause ends it', async () => {
    const first = alone.emulator.served().length
    const content = 'Oi [[emulate status=503 retry-after=3]]'
    const leaving = new AbortController()
    const body = { model: openai, messages: user(content) }
    const left = callGateway({ url: alone.url, key: alone.client.key, body, leave: leaving.signal })
    await expect.poll(() => alone.emulator.served().length).toBe(first + 1)
    leaving.abort()
    expect((await left).status).toBeUndefined()
    await expectBooksClosed(alone)
    expect(alone.emulator.served()).toHaveLength(first + 1)
  })

  test('all retries together are at most a fifth of the calls, however bad the storm', async () => {
    const first = alone.emulator.served().length
    const storm = 300
    const agent = newAgent()
    let left = storm
    const caller = async () => {
      while (left-- > 0) {
        const body = { model: openai, messages: user('Oi [[emulate status=503]]') }
        expect(await callGateway({ url: alone.url, key: alone.client.key, body, agent })).toMatchObject({ status: 503 })
      }
    }
    await Promise.all(Array.from({ length: 20 }, caller))
    agent.destroy()
    const retries = alone.emulator.served().length - first - storm
    reportFigure(
      'R20',
      undefined,
      `${storm} calls that were all refused made ${retries} retries (${((retries / storm) * 100).toFixed(1)} % of calls)`,
    )
    expect(retries).toBeGreaterThan(0)
    expect(retries).toBeLessThanOrEqual(storm / 5)
  })
})

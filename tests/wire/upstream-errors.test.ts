import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emulatorKeys, startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { failureOf, post, readStream, sdk, user } from './_support/caller.ts'
import {
  expectBooksClosed,
  expectConverted,
  nano,
  oracleOf,
  setShared,
  settled,
  type UsageRow,
  untilRateIsKnown,
} from './_support/settled.ts'

const targets = [
  { model: 'openai/gpt-4o-mini', route: 'direct' },
  { model: 'groq/llama-3.3-70b-versatile', route: 'direct' },
  { model: 'google/gemini-2.5-flash', route: 'direct' },
  { model: 'anthropic/claude-sonnet-4-5', route: 'direct' },
  { model: 'openai/gpt-4o-mini', route: 'vercel' },
  { model: 'anthropic/claude-sonnet-4-5', route: 'vercel' },
] as const

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    keys: ['gateway', 'openai', 'groq', 'anthropic', 'google'],
    env: { CATRACA_FIRST_BYTE_TIMEOUT_MS: '1200', CATRACA_IDLE_TIMEOUT_MS: '1100' },
  })
  await untilRateIsKnown(gateway)
  // One target a call: what falls back is another file's.
  await setShared(gateway, { chain: [] })
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     values ($1, 'tokens', 50000000, 'monthly', true), ($1, 'usd', 5000, 'monthly', false)`,
    [gateway.client.id],
  )
})
afterAll(() => gateway.close())

/** What a refused call costs: nothing, and the row says who refused it. */
function expectFree(row: UsageRow, code: string): void {
  expect(row).toMatchObject({ status: 'error', error_code: code, total_tokens: 0n, flags: [] })
  expect(nano(row.cost_usd)).toBe(0n)
}

/** What nobody knows is an estimate, flagged, and never below what the provider really served. */
async function expectEstimate(row: UsageRow, code: string): Promise<void> {
  expect(row).toMatchObject({ status: 'estimated', error_code: code, flags: ['usage_missing'] })
  const oracle = oracleOf(gateway, row)
  expect(Number(row.input_tokens)).toBeGreaterThanOrEqual(oracle.inputTokens)
  expect(Number(row.output_tokens)).toBeGreaterThanOrEqual(oracle.outputTokensServed)
  expect(nano(row.cost_usd)).toBeGreaterThan(0n)
  await expectConverted(gateway, row)
}

describe.each(targets)('$model via $route', ({ model, route }) => {
  const creator = model.split('/')[0] as 'openai'
  const displayName =
    route === 'vercel' ? 'Vercel AI Gateway' : { openai: 'OpenAI', groq: 'Groq', google: 'Google', anthropic: 'Anthropic' }[creator]
  beforeAll(() => setShared(gateway, { route }))
  afterAll(() => expectBooksClosed(gateway))

  const english = { defaultHeaders: { 'accept-language': 'en' } }
  const fail = (markers: string, stream = false) =>
    failureOf(
      sdk(gateway, gateway.client, english).chat.completions.create({ model, stream, messages: user(`Olá [[emulate ${markers}]]`) }),
    )

  test.concurrent.each([
    ['status=400', 400, 'upstream_invalid_request', OpenAI.BadRequestError],
    ['status=404', 404, 'upstream_invalid_request', OpenAI.NotFoundError],
    ['status=422', 422, 'upstream_invalid_request', OpenAI.UnprocessableEntityError],
    ['status=401', 502, 'upstream_auth', OpenAI.InternalServerError],
    ['status=403', 502, 'upstream_auth', OpenAI.InternalServerError],
    ['bad-key', 502, 'upstream_auth', OpenAI.InternalServerError],
    ['status=500', 503, 'upstream_overloaded', OpenAI.InternalServerError],
    ['status=503', 503, 'upstream_overloaded', OpenAI.InternalServerError],
    ['status=529', 503, 'upstream_overloaded', OpenAI.InternalServerError],
  ])('%s is a %i %s, costs nothing and has its row', async (markers, status, code, kind) => {
    for (const stream of [false, true]) {
      const failure = await fail(markers, stream)
      expect(failure).toBeInstanceOf(kind)
      expect({ status: failure.status, code: failure.code }).toEqual({ status, code })
      expect(failure.message).toContain(displayName)
      for (const key of Object.values(emulatorKeys)) expect(JSON.stringify([failure.message, failure.error])).not.toContain(key)
      expect(Object.fromEntries(failure.headers ?? [])).toMatchObject({
        'x-catraca-call-id': failure.requestID,
        'x-catraca-provider': creator,
        'x-catraca-model': model.split('/')[1],
        'x-catraca-via': route,
        'x-catraca-cost-usd': '0',
        // SDKs repeat every 5xx on their own: not where our own key is bad.
        'x-should-retry': String(code === 'upstream_overloaded'),
      })
      const row = await settled(gateway, failure.requestID)
      expectFree(row, code)
      expect(row).toMatchObject({ provider: creator, via: route })
      expect(row.attempts).toMatchObject([{ error: code, tokens: 0 }])
    }
  })

  test.concurrent('429 keeps both of its waiting times', async () => {
    for (const [markers, seconds, ms] of [
      ['status=429 retry-after=2', '2', '2000'],
      ['status=429 retry-after=0.5', '1', '500'],
    ] as const) {
      const failure = await fail(markers)
      expect(failure).toBeInstanceOf(OpenAI.RateLimitError)
      expect(failure.code).toBe('upstream_rate_limited')
      expect(failure.headers?.get('retry-after')).toBe(seconds)
      expect(failure.headers?.get('retry-after-ms')).toBe(ms)
      expectFree(await settled(gateway, failure.requestID), 'upstream_rate_limited')
    }
  })

  test.concurrent.each([
    ['hang', 504, 'upstream_timeout'],
    ['reset', 502, 'stream_cut'],
    ['garbage', 502, 'malformed_response'],
    ['cut=1', 502, 'stream_cut'],
    ['hang-after=1', 504, 'upstream_timeout'],
  ])('%s in place of a whole answer is a %i %s and an estimate', async (markers, status, code) => {
    const failure = await fail(markers)
    expect({ status: failure.status, code: failure.code }).toEqual({ status, code })
    const row = await settled(gateway, failure.requestID)
    if (row.request_id === null) expect(row).toMatchObject({ status: 'estimated', flags: ['usage_missing'] })
    else await expectEstimate(row, code)
    expect(row.total_tokens).toBeGreaterThan(0n)
  })

  test.concurrent.each([
    ['hang', 504, 'upstream_timeout'],
    ['reset', 502, 'stream_cut'],
    ['error=0', 503, 'upstream_overloaded'],
    ['cut=0', 502, 'stream_cut'],
    ['end=0', 502, 'stream_cut'],
    ['first-token=60000', 504, 'upstream_timeout'],
  ])('%s before the first content of a stream still has a status: %i %s', async (markers, status, code) => {
    const failure = await fail(`reasoning=0 ${markers}`, true)
    expect({ status: failure.status, code: failure.code }).toEqual({ status, code })
    const row = await settled(gateway, failure.requestID)
    expect(row).toMatchObject({ status: 'estimated', error_code: code, flags: ['usage_missing'] })
    expect(row.input_tokens).toBeGreaterThan(0n)
    // A provider that says itself that it failed has read the prompt at the most; of silence nobody knows.
    expect(row.output_tokens > 0n).toBe(!markers.startsWith('error'))
  })

  test.concurrent.each([
    ['error=3', /stream_cut|upstream_overloaded/],
    ['cut=3', /stream_cut/],
    ['cut=3 cut-mid-frame', /stream_cut/],
    ['end=3', /stream_cut/],
    ['garbage', /stream_cut|malformed_response/],
    ['hang-after=3', /upstream_timeout/],
  ])('%s after the first byte is an error event and a cut, never a clean end', async (markers, code) => {
    const content = `reply with 9 words [[emulate reasoning=0 ${markers}]]`
    const streamed = await readStream(sdk(gateway), { model, messages: user(content) })
    expect(streamed.text).not.toBe('')
    expect('uma ação não é só coração 🎟️').toContain(streamed.text.trim())
    expect(streamed.error).toBeInstanceOf(OpenAI.APIError)
    expect((streamed.error as InstanceType<typeof OpenAI.APIError>).code).toMatch(code)
    const row = await settled(gateway, streamed.callId)
    expect(row.error_code).toMatch(code)
    const oracle = oracleOf(gateway, row)
    expect(Number(row.input_tokens)).toBeGreaterThanOrEqual(oracle.inputTokens)
    // A frame that was on its way when the connection broke is the provider's to count; it never became words here.
    expect(Number(row.output_tokens)).toBeGreaterThanOrEqual(streamed.chunks.filter((chunk) => chunk.choices[0]?.delta.content).length)
    expect(['estimated', 'error']).toContain(row.status)

    const raw = await post(gateway, { model, stream: true, messages: user(content) })
    const text = await readCut(raw)
    expect(text).toMatch(/data: \{"error":\{"message":"[^"]+","type":"server_error","param":null,"code":"\w+"/)
    expect(text).not.toContain('[DONE]')
    await settled(gateway, raw.headers.get('x-request-id'))
  })
})

/** A body that breaks off, as far as it came. */
async function readCut(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let error: unknown
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true })
  } catch (broken) {
    error = broken
  }
  expect(error, 'the stream was cut').toBeDefined()
  return text
}

test('a provider that cannot be reached at all is a 502, and nothing is charged', async () => {
  const away = await startTestGateway({ env: { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' } })
  await setShared(away, { chain: [] })
  const failure = await failureOf(sdk(away).chat.completions.create({ model: 'openai/gpt-4o-mini', messages: user('Oi') }))
  expect({ status: failure.status, code: failure.code }).toEqual({ status: 502, code: 'upstream_unreachable' })
  const row = await settled(away, failure.requestID)
  expectFree(row, 'upstream_unreachable')
  await expectBooksClosed(away)
  await away.close()
})

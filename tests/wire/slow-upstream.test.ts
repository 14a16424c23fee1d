import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { startQueueMeter } from '../_support/stopwatch.ts'
import { failureOf, readStream, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const timeouts = { firstByte: 2_000, idle: 2_500, total: 5_000 }
const models = ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5'] as const

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({
    env: {
      CATRACA_FIRST_BYTE_TIMEOUT_MS: String(timeouts.firstByte),
      CATRACA_IDLE_TIMEOUT_MS: String(timeouts.idle),
      CATRACA_TOTAL_TIMEOUT_MS: String(timeouts.total),
    },
  })
  await untilRateIsKnown(gateway)
  await setShared(gateway, { chain: [] })
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     values ($1, 'tokens', 5000000, 'monthly', true)`,
    [gateway.client.id],
  )
})
afterAll(async () => {
  await expectBooksClosed(gateway)
  await gateway.close()
})

/** Ten per cent of what was set, measured on the row itself; later than that by what this process waited for a processor. */
function expectWithin(latencyMs: number | undefined, timeoutMs: number, queuedMs: number): void {
  const measuredMs = Math.max((latencyMs ?? 0) - queuedMs, Math.min(latencyMs ?? 0, timeoutMs))
  const percent = (100 * (measuredMs - timeoutMs)) / timeoutMs
  expect(measuredMs).toBeGreaterThanOrEqual(timeoutMs * 0.9)
  expect(measuredMs).toBeLessThanOrEqual(timeoutMs * 1.1)
  reportFigure('R10', undefined, `timeout of ${timeoutMs} ms after ${Math.round(measuredMs)} ms (${percent.toFixed(1)} %)`)
}

// Timeouts are real time on a machine that others use as well: one slow moment is no fault of ours.
describe.concurrent.each(models)('%s (R10)', { retry: 2 }, (model) => {
  test('silence before the answer ends at the first-byte timeout', async () => {
    const queuedMs = startQueueMeter()
    const failure = await failureOf(sdk(gateway).chat.completions.create({ model, messages: user('Oi [[emulate hang]]') }))
    expect({ status: failure.status, code: failure.code }).toEqual({ status: 504, code: 'upstream_timeout' })
    const row = await settled(gateway, failure.requestID)
    expect(row).toMatchObject({ status: 'estimated', error_code: 'upstream_timeout' })
    expectWithin(row.attempts[0]?.latency_ms, timeouts.firstByte, queuedMs())
  })

  test('silence within the answer ends at the idle timeout', async () => {
    const queuedMs = startQueueMeter()
    const streamed = await readStream(sdk(gateway), { model, messages: user('reply with 9 words [[emulate hang-after=3]]') })
    const row = await settled(gateway, streamed.callId)
    expect(row).toMatchObject({ status: 'estimated', error_code: 'upstream_timeout' })
    expectWithin(row.attempts[0]?.latency_ms, timeouts.idle, queuedMs())
  })

  test.each([
    ['a byte now and then', 'trickle=60'],
    ['a word now and then', 'gap=120'],
  ])('%s ends at the total timeout', async (_what, markers) => {
    const queuedMs = startQueueMeter()
    const content = `reply with 90 words [[emulate ${markers}]]`
    const row = await readStream(sdk(gateway), { model, messages: user(content) }).then(
      (streamed) => settled(gateway, streamed.callId),
      (failure: { requestID?: string }) => settled(gateway, failure.requestID),
    )
    expect(row).toMatchObject({ status: 'estimated', error_code: 'upstream_timeout' })
    expectWithin(row.attempts[0]?.latency_ms, timeouts.total, queuedMs())
  })

  test('a slow answer within all timeouts is served whole', async () => {
    const streamed = await readStream(sdk(gateway), { model, messages: user('reply with 5 words [[emulate first-token=300 gap=200]]') })
    expect(streamed.text).toBe('uma ação não é só')
    const row = await settled(gateway, streamed.callId)
    expect(row.status).toBe('ok')
    expect(row.first_token_ms).toBeGreaterThanOrEqual(290)
  })
})

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { isLong, reportFigure } from '../_support/report-figure.ts'
import { failureOf, post, sdk, user } from './_support/caller.ts'
import { expectBooksClosed, expectExact, oracleOf, setShared, settled, untilRateIsKnown } from './_support/settled.ts'

const callers = isLong ? 1_000 : 30
/** As many leave together. */
const waveSize = isLong ? 25 : 30
const timeout = isLong ? 900_000 : 180_000
const models = ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5'] as const

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ env: { CATRACA_DRAIN_TIMEOUT_MS: '20000' } })
  await untilRateIsKnown(gateway)
  await setShared(gateway, { chain: [] })
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
     values ($1, 'tokens', 50000000, 'monthly', true), ($1, 'brl', 5000, 'monthly', true)`,
    [gateway.client.id],
  )
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

type Leaving = (label: string, model: string, isStream: boolean) => Promise<void>

/** They all leave; the rows are found by what the emulator saw of them, because nobody was there to read a header. */
async function expectCancelled(name: string, leave: Leaving): Promise<void> {
  const statuses = new Map<string, number>()
  for (let first = 0; first < callers; first += waveSize) {
    const labels = Array.from({ length: waveSize }, (_, index) => `${name.replaceAll(' ', '-')}-${first + index}`)
    await Promise.all(labels.map((label, index) => leave(label, models[index % 2] ?? models[0], index % 4 < 2)))
    for (const label of labels) {
      await expect.poll(() => seen(label)?.outcome, { timeout: 20_000, interval: 5 }).toBe('finished')
      const row = await rowOf(seen(label)?.requestId)
      statuses.set(row.status, (statuses.get(row.status) ?? 0) + 1)
      await expectExact(gateway, row)
    }
  }
  expect(Object.fromEntries(statuses)).toEqual({ cancelled: callers })
  await expectBooksClosed(gateway)
  const rows = statuses.get('cancelled')
  reportFigure('R3', undefined, `${name}: ${callers} callers left, ${rows} rows, all exactly as the provider counted, 0 holds open`)
}

function seen(label: string) {
  return gateway.emulator.served().find((call) => call.call === label)
}

async function rowOf(requestId: string | undefined) {
  let callId: string | undefined
  await expect
    .poll(
      async () => {
        const rows = await gateway.database.query<{ call_id: string }>('select call_id from gateway_usage_logs where request_id = $1', [
          requestId,
        ])
        callId = rows[0]?.call_id
        return rows.length
      },
      { timeout: 20_000, interval: 5 },
    )
    .toBe(1)
  return await settled(gateway, callId)
}

describe(`${callers} callers go away (R3)`, { timeout }, () => {
  test('before the first byte', async () => {
    let leaving = 0
    let allWait = Promise.withResolvers<void>()
    await expectCancelled('before the first byte', async (label, model, stream) => {
      const gone = new AbortController()
      const content = `reply with 20 words [[call ${label}]] [[emulate delay=6000]]`
      const call = post(gateway, { model, stream, messages: user(content) }, { signal: gone.signal })
      await expect.poll(() => seen(label), { timeout: 20_000, interval: 5 }).toBeDefined()
      const { promise, resolve } = allWait
      leaving += 1
      if (leaving % waveSize === 0) {
        allWait = Promise.withResolvers<void>()
        resolve()
      }
      await promise
      gone.abort()
      await expect(call).rejects.toThrow('aborted')
    })
  })

  test('mid-stream', async () => {
    await expectCancelled('mid-stream', async (label, model) => {
      const content = `reply with 40 words [[call ${label}]] [[emulate gap=8]]`
      const stream = await sdk(gateway).chat.completions.create({ model, stream: true, messages: user(content) })
      let pieces = 0
      // Leaving the loop is how a caller of the SDK goes away.
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content && ++pieces === 5) break
    })
  })

  test('just before the usage', async () => {
    await expectCancelled('just before the usage', async (label, model) => {
      // A byte a millisecond: the last word is here long before the chunks that end the answer are.
      const content = `reply with 2 words [[call ${label}]] [[emulate trickle=1]]`
      const stream = await sdk(gateway).chat.completions.create({ model, stream: true, messages: user(content) })
      let text = ''
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? ''
        if (text === 'uma ação') break
      }
    })
  })
})

test('an answer that does not end after its caller has left is let go, and settled as an estimate not below what was served', async () => {
  const impatient = await startTestGateway({ env: { CATRACA_DRAIN_TIMEOUT_MS: '200' } })
  await untilRateIsKnown(impatient)
  for (const model of models) {
    const content = `reply with 30 words [[call endless-${model}]] [[emulate hang-after=6]]`
    const stream = await sdk(impatient).chat.completions.create({ model, stream: true, messages: user(content) })
    let pieces = 0
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content && ++pieces === 6) break
    await expect.poll(() => impatient.emulator.served().at(-1)?.outcome, { timeout: 15_000, interval: 5 }).toBe('caller-gone')
    await expect
      .poll(
        async () =>
          (await impatient.database.query('select 1 from gateway_usage_logs where model_name = $1', [model.split('/')[1]])).length,
      )
      .toBe(1)
    const [found] = await impatient.database.query<{ call_id: string }>('select call_id from gateway_usage_logs where model_name = $1', [
      model.split('/')[1],
    ])
    const row = await settled(impatient, found?.call_id)
    const oracle = oracleOf(impatient, row)
    expect(row).toMatchObject({ status: 'estimated', flags: ['usage_missing'] })
    expect(oracle.outputTokensServed).toBe(6)
    expect(Number(row.output_tokens)).toBeGreaterThanOrEqual(6)
    expect(Number(row.output_tokens)).toBeLessThan(60)
    expect(Number(row.input_tokens)).toBeGreaterThanOrEqual(oracle.inputTokens)
  }
  await expectBooksClosed(impatient)
  await impatient.close()
})

test('who leaves while waiting for the budget is not charged, and no provider is asked', async () => {
  const client = await gateway.addClient()
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', 500, 'daily', true)`,
    [client.id],
  )
  const model = models[0]
  const holding = post(gateway, { model, messages: user('reply with 2 words [[call holder]] [[emulate delay=1500]]') }, { client })
  await expect.poll(() => seen('holder'), { interval: 5 }).toBeDefined()
  const gone = new AbortController()
  const waiting = post(gateway, { model, messages: user('reply with 2 words [[call waiter]]') }, { client, signal: gone.signal })
  setTimeout(() => gone.abort(), 100)
  await expect(waiting).rejects.toThrow('aborted')
  expect((await holding).status).toBe(200)
  await expectBooksClosed(gateway)
  expect(seen('waiter')).toBeUndefined()
  expect(await gateway.database.query('select 1 from gateway_usage_logs where client_id = $1', [client.id])).toHaveLength(1)
  const failure = await failureOf(sdk(gateway, client).chat.completions.create({ model, messages: user('Oi [[emulate status=400]]') }))
  expect(failure.status).toBe(400)
})

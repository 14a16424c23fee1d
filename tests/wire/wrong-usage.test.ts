import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type TestClient, type TestGateway } from '../_support/gateway.ts'
import { reportFigure } from '../_support/report-figure.ts'
import { failureOf, post, readStream, sdk, user } from './_support/caller.ts'
import {
  costNanoUsd,
  expectBooksClosed,
  expectConverted,
  nano,
  oracleOf,
  setShared,
  settled,
  type UsageRow,
  untilRateIsKnown,
} from './_support/settled.ts'

const models = ['openai/gpt-4o-mini', 'groq/llama-3.3-70b-versatile', 'anthropic/claude-sonnet-4-5'] as const

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
  await untilRateIsKnown(gateway)
  await setShared(gateway, { chain: [] })
})
afterAll(() => gateway.close())
afterEach(() => expectBooksClosed(gateway))

async function hardClient(limit: number): Promise<TestClient> {
  const client = await gateway.addClient()
  await gateway.database.query(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', $2, 'daily', true)`,
    [client.id, limit],
  )
  return client
}

async function rowsOf(client: TestClient, model: string, content: string): Promise<UsageRow[]> {
  const { response } = await sdk(gateway, client)
    .chat.completions.create({ model, messages: user(content) })
    .withResponse()
  const streamed = await readStream(sdk(gateway, client), { model, messages: user(content) })
  expect(streamed.error).toBeUndefined()
  return [await settled(gateway, response.headers.get('x-request-id')), await settled(gateway, streamed.callId)]
}

describe.each(models)('%s (R9)', (model) => {
  test.each([
    ['none', 'usage_missing'],
    ['negative', 'usage_rejected'],
    ['absurd', 'usage_rejected'],
  ])('usage that is %s is settled as an estimate, flagged, not below what was served and within the hold', async (usage, flag) => {
    const client = await hardClient(20_000)
    const rows = await rowsOf(client, model, `reply with 40 words [[emulate usage=${usage}]]`)
    for (const row of rows) {
      expect(row).toMatchObject({ status: 'estimated', error_code: null })
      // Some adapters turn nonsense into nothing: either way it is no usage.
      expect(['usage_missing', 'usage_rejected']).toContain(row.flags[0])
      if (!model.startsWith('anthropic')) expect(row.flags).toEqual([flag])
      const oracle = oracleOf(gateway, row)
      expect(Number(row.input_tokens)).toBeGreaterThanOrEqual(oracle.inputTokens)
      expect(Number(row.output_tokens)).toBeGreaterThanOrEqual(oracle.outputTokensServed)
      expect(Number(row.total_tokens)).toBeLessThan(1000)
      expect(nano(row.cost_usd)).toBe(await costNanoUsd(gateway, row, { input: row.input_tokens, output: row.output_tokens }))
      await expectConverted(gateway, row)
    }
    const booked = rows.map((row) => `${row.flags} ${row.total_tokens}`).join(', ')
    reportFigure('R9', undefined, `${model}, usage ${usage}: ${booked} tokens, not below what was served`)
  })

  test('usage 20 % above the hold is the truth: booked, flagged, alerted, and the next call is refused', async () => {
    const client = await hardClient(20_000)
    const ask = (usage: string) => ({
      model,
      messages: user(`reply with 5 words [[emulate delay=150]] [[emulate usage=${usage}]]`),
      max_tokens: 200,
    })
    // The same call once before, only to see what is held for it.
    const probe = post(gateway, ask('111/111'), { client })
    let held = 0n
    await expect
      .poll(
        async () => {
          const rows = await gateway.database.query<{ amount: bigint }>('select amount from budget_holds')
          held = rows[0]?.amount ?? 0n
          return held
        },
        { interval: 5 },
      )
      .toBeGreaterThan(200n)
    expect((await probe).status).toBe(200)
    await expectBooksClosed(gateway)
    await gateway.database.query('delete from client_budgets where client_id = $1', [client.id])
    await gateway.database.query(
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, 'tokens', $2, 'daily', true)`,
      [client.id, held],
    )
    const total = (Number(held) * 12) / 10
    const output = Math.floor(total / 3)
    const input = Math.ceil(total) - output

    const answer = await post(gateway, ask(`${input}/${output}`), { client })
    expect(answer.status).toBe(200)
    const row = await settled(gateway, answer.headers.get('x-request-id'))
    expect(row).toMatchObject({ status: 'ok', flags: ['over_hold'], input_tokens: BigInt(input), output_tokens: BigInt(output) })
    expect(nano(row.cost_usd)).toBe(await costNanoUsd(gateway, row, { input, output }))
    const [budget] = await gateway.database.query<{ current_usage: string; usage_percentage: string }>(
      'select current_usage, usage_percentage from client_budgets where client_id = $1',
      [client.id],
    )
    expect(Number(budget?.current_usage) - Number(held)).toBe(input + output - Number(held))
    expect(Number(budget?.usage_percentage)).toBeCloseTo(120, 0)
    const alerts = await gateway.database.query('select threshold, used from budget_alerts where client_id = $1 order by threshold', [
      client.id,
    ])
    expect(alerts).toEqual([80, 90, 100].map((threshold) => ({ threshold, used: BigInt(input + output) })))
    const exceeded = await gateway.database.query(
      `select used, "limit", details ->> 'reason' as reason from alerts where kind = 'budget_exceeded' and client_id = $1`,
      [client.id],
    )
    expect(exceeded).toEqual([{ used: BigInt(input + output), limit: held, reason: 'used' }])
    expect((await failureOf(sdk(gateway, client).chat.completions.create({ model, messages: user('Oi') }))).status).toBe(402)
    const excess = input + output - Number(held)
    reportFigure(
      'R9',
      undefined,
      `${model}: hold ${held}, billed ${input + output}, excess ${excess} booked, ${alerts.length} alerts, then 402`,
    )
  })
})

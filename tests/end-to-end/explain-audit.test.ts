import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/shared/id.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { type CallerView, callGateway } from '../_support/call-gateway.ts'
import { startTestGateway, type TestGateway } from '../_support/gateway.ts'
import { addBudget } from '../_support/ledger.ts'
import { type CliRun, runCommand } from '../_support/terminal.ts'

let gateway: TestGateway
let budgets: { tokens: string; brl: string }

interface Report {
  ok: boolean
  periods: number
  rows: number
  recomputed: number
  undecidable: Record<string, number>
  adjustments: number
  charges_of_deleted_budgets: number
  differences_found: number
  differences: Record<string, unknown>[]
}

beforeAll(async () => {
  gateway = await startTestGateway({ keys: ['gateway', 'openai', 'groq'], env: { USD_BRL_RATE: '5.4828' } })
  const { database, client } = gateway
  budgets = {
    tokens: await addBudget(database, client.id, { type: 'tokens', limit: 1_000_000, hard: false }),
    brl: await addBudget(database, client.id, { type: 'brl', limit: 100, period: 'monthly', hard: true }),
  }
})
afterAll(() => gateway.close())

const run = (...argv: string[]): Promise<CliRun> => runCommand(gateway.env, ...argv)
const audit = async (...argv: string[]) => (await run('audit', '--json', ...argv)).json<Report>()

function ask(content: string, more: object = {}): Promise<CallerView> {
  return callGateway({
    url: gateway.url,
    key: gateway.client.key,
    body: { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content }], max_tokens: 50, ...more },
  })
}

/** The id of a call once its row is there. */
async function settledCall(content: string, more: object = {}): Promise<string> {
  const { callId = '' } = await ask(content, more)
  await vi.waitFor(async () => expect(await rowsOf(callId)).toHaveLength(1), { timeout: 15_000 })
  return callId
}

function rowsOf(callId: string): Promise<Record<string, unknown>[]> {
  return gateway.database.query('select * from gateway_usage_logs where call_id = $1', [callId])
}

/** Runs one statement, hands on what the audit then says, and takes the damage back. */
async function damage(sql: string, undo: string, params: unknown[], undoParams: unknown[] = params): Promise<Report> {
  await gateway.database.query(sql, params)
  try {
    const found = await run('audit', '--json')
    expect(found.code).toBe(1)
    return found.json<Report>()
  } finally {
    await gateway.database.query(undo, undoParams)
  }
}

describe('explain', () => {
  test('shows how a call came to its cost, in words and for machines', async () => {
    const callId = await settledCall('reply with 7 words [[emulate provider=vercel status=503]]')
    const [row] = await rowsOf(callId)
    const { code, stdout } = await run('explain', callId)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Call [0-9a-f-]{36}\n {2}status +ok: answered/)
    expect(stdout).toMatch(/fallback +upstream_overloaded: openai\/gpt-4o-mini via vercel answered 503/)
    expect(stdout).toMatch(/PART +TOKENS +US\$ A MILLION +US\$\ninput +\d+ +0\.15 +0\.0+\d+\n/)
    expect(stdout).toContain('rate   R$ 5.4828 a dollar (env, ')
    expect(stdout).toMatch(/1 +openai\/gpt-4o-mini +vercel +503 +upstream_overloaded +0 +0 /)
    expect(stdout).toMatch(/Budgets it moved\nBUDGET.*\nbrl monthly hard +0\.0\d+ .*\ntokens daily soft +\d+ /)
    const told = (await run('explain', callId, '--json')).json<Record<string, unknown>>()
    expect(told).toMatchObject({
      call_id: callId,
      state: 'settled',
      rows: 1,
      call: { client: 'agencia', status: 'ok', was_fallback: true, via: 'direct' },
      cost: { agrees: true, why_undecidable: null, problems: [], tier_above_input_tokens: null },
      price: { id: row?.price_id, model: 'openai/gpt-4o-mini', valid_to: null },
      rate: { brl_for_one_usd: '5.4828', source: 'env' },
      attempts: [
        { via: 'vercel', status: 503, tokens: 0 },
        { via: 'direct', status: 200 },
      ],
      charges: [
        { budget_id: budgets.brl, type: 'brl', period: 'monthly', hard: true },
        { budget_id: budgets.tokens, type: 'tokens', amount: Number(row?.total_tokens) },
      ],
      adjustments: [],
      holds: [],
      dead_letters: [],
    })
    const { cost } = told as { cost: { usd: string; parts_usd: string; parts: { tokens: number; usd_per_million: string; usd: string }[] } }
    expect(cost.parts_usd).toBe(cost.usd)
    const [input, cached, , output] = cost.parts
    expect([input, cached, output]).toEqual([
      expect.objectContaining({ part: 'input', usd_per_million: '0.15' }),
      expect.objectContaining({ part: 'cached', tokens: 0, usd_per_million: '0.075', usd: '0' }),
      expect.objectContaining({ part: 'output', usd_per_million: '0.6' }),
    ])
  })

  test('finds a call by the request id of any of its attempts, and says so where several or none have it', async () => {
    const callId = await settledCall('reply with 3 words')
    const [row] = await rowsOf(callId)
    const [attempt] = (row?.attempts ?? []) as { request_id: string }[]
    expect((await run('explain', String(row?.request_id), '--json')).json()).toMatchObject({ call_id: callId })
    expect((await run('explain', attempt?.request_id ?? '', '--json')).json()).toMatchObject({ call_id: callId })
    const other = await settledCall('reply with 3 words')
    await gateway.database.query('update gateway_usage_logs set request_id = $2 where call_id = $1', [other, row?.request_id])
    const several = await run('explain', String(row?.request_id))
    expect(several).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(`Several calls .*${other}, ${callId}\n$`) })
    const id = newId()
    expect(await run('explain', id)).toMatchObject({ code: 1, stderr: expect.stringContaining(`catraca: There is no call "${id}"`) })
    expect(await run('explain', 'req_none')).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no call "req_none"') })
  })

  test('of a call in flight shows its admission and what it holds', async () => {
    const asking = ask('reply with 5 words [[emulate delay=4000]]', { max_tokens: 40 })
    const admitted = async () => (await gateway.database.query<{ call_id: string }>('select call_id from call_admissions'))[0]?.call_id
    await expect.poll(admitted, { timeout: 15_000 }).toBeDefined()
    const callId = (await admitted()) ?? ''
    const told = (await run('explain', callId, '--json')).json<Record<string, unknown>>()
    expect(told).toMatchObject({
      state: 'in_flight',
      rows: 0,
      price: { model: 'openai/gpt-4o-mini' },
      rate: { brl_for_one_usd: '5.4828' },
      admission: { client: 'agencia', model: 'openai/gpt-4o-mini', output_tokens: 40, is_expired: false },
      holds: [
        { budget_id: budgets.brl, type: 'brl' },
        { budget_id: budgets.tokens, type: 'tokens' },
      ],
      charges: [],
    })
    const { admission, holds } = told as { admission: { at_most: Record<string, unknown> }; holds: { amount: unknown }[] }
    expect(holds.map(({ amount }) => amount)).toEqual([admission.at_most.brl, admission.at_most.tokens])
    expect((await run('explain', callId)).stdout).toMatch(/status +in flight[\s\S]+Held in budgets\n/)
    expect(await audit()).toMatchObject({ ok: true })

    // Its hold is made to expire while the provider still thinks; the truth comes after the estimate.
    await gateway.database.query("update call_admissions set expires_at = now() - interval '1 second' where call_id = $1", [callId])
    await gateway.database.query('select ledger_expire(10)')
    expect((await run('explain', callId)).stdout).toMatch(/status +orphaned: [\s\S]+The figures are the upper bound of the hold/)
    expect(await asking).toMatchObject({ status: 200, complete: true })
    const adjustments = () => gateway.database.query('select 1 from budget_adjustments where call_id = $1', [callId])
    await expect.poll(async () => (await adjustments()).length, { timeout: 15_000 }).toBe(2)
    const settled = (await run('explain', callId, '--json')).json<{ adjustments: { amount: number | string }[] }>()
    expect(settled).toMatchObject({
      call: { status: 'orphaned' },
      adjustments: [
        { type: 'brl', reason: 'late_settlement', truth: { status: 'ok' } },
        { type: 'tokens', reason: 'late_settlement' },
      ],
    })
    expect(settled.adjustments.map(({ amount }) => Number(amount) < 0)).toEqual([true, true])
    expect(await audit()).toMatchObject({ ok: true, adjustments: 2, undecidable: { bound: 1 } })
  })

  test('of a call that could not be booked shows the record and why', async () => {
    const callId = newId()
    const record = { call_id: callId, request_id: 'req_dead', attempts: [] }
    await gateway.database.query('insert into usage_dead_letters (call_id, record, error) values ($1, $2, $3)', [
      callId,
      record,
      'no client',
    ])
    expect((await run('explain', 'req_dead')).stdout).toMatch(/has no row[\s\S]+Dead letter: .*no client\n\{"call_id"/)
    expect((await run('audit')).stdout).toContain('1 dead letters: records that could not be booked')
    await gateway.database.query('delete from usage_dead_letters where call_id = $1', [callId])
  })
})

describe('audit', () => {
  let callId: string

  beforeAll(async () => {
    callId = await settledCall('reply with 9 words')
    await settledCall('reply with 12 words', { stream: true })
    await settledCall('reply with 4 words [[emulate provider=vercel reset]]')
    await settledCall('reply with 4 words [[emulate usage=none]]')
    await settledCall('reply with 4 words [[emulate status=400]]')
  })
  // Whatever was damaged has been mended: that the books are in order again is each test's closing check.
  afterEach(() => expectBooksInOrder(gateway.database))

  test('says that all is in order, and what it could not compute', async () => {
    const { code, stdout } = await run('audit')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Periods of budgets counted again: 2\.\nRows read: \d+; cost computed again from price and rate: \d+\.\n/)
    expect(stdout).toContain('The books are in order.')
    const report = await audit()
    expect(report.recomputed + Object.values(report.undecidable).reduce((sum, count) => sum + count, 0)).toBe(report.rows)
    expect(report).toMatchObject({ periods: 2, undecidable: { bound: 1 } })
  })

  test('finds a counter that was changed, used or reserved', async () => {
    const change = (column: string, by: number) => `update budget_periods set ${column} = ${column} + ${by} where budget_id = $1`
    const used = await damage(change('used', 5), change('used', -5), [budgets.tokens])
    expect(used).toMatchObject({ ok: false, differences_found: 1 })
    const [difference] = used.differences
    expect(difference).toMatchObject({ what: 'used', client: 'agencia', budget_id: budgets.tokens, unit: 'tokens' })
    expect(Number(difference?.booked) - Number(difference?.expected)).toBe(5)
    const reserved = await damage(change('reserved', 7_000_000), change('reserved', -7_000_000), [budgets.brl])
    expect(reserved.differences).toMatchObject([{ what: 'reserved', budget_id: budgets.brl, unit: 'brl', booked: '0.007', expected: '0' }])
  })

  test('finds a cost that was changed: by its price, its reais, its attempts and its charge', async () => {
    const change = (by: string) => `update gateway_usage_logs set cost_usd = cost_usd ${by} 0.000001 where call_id = $1`
    const { differences } = await damage(change('+'), change('-'), [callId])
    expect(differences.map(({ what }) => what).sort()).toEqual(['attempts_cost', 'cost_brl', 'cost_usd', 'day_rollup', 'hour_rollup'])
    expect(differences).toEqual(expect.arrayContaining([expect.objectContaining({ call_id: callId, client: 'agencia' })]))
    const brl = (by: string) => `update gateway_usage_logs set cost_brl = cost_brl ${by} 0.000001 where call_id = $1`
    const inReais = await damage(brl('+'), brl('-'), [callId])
    expect(inReais.differences.map(({ what }) => what).sort()).toEqual(['charge', 'cost_brl', 'day_rollup', 'hour_rollup'])
    const { code, stdout } = await run('audit')
    expect([code, stdout.includes('in order')]).toEqual([0, true])
  })

  test('finds tokens, a price version and a rate that were changed', async () => {
    const tokens = (by: string) =>
      `update gateway_usage_logs set output_tokens = output_tokens ${by} 1, total_tokens = total_tokens ${by} 1 where call_id = $1`
    const more = await damage(tokens('+'), tokens('-'), [callId])
    expect(more.differences.map(({ what }) => what).sort()).toEqual(['attempts_tokens', 'charge', 'cost_usd', 'day_rollup', 'hour_rollup'])
    const [row] = await rowsOf(callId)
    const price = 'update gateway_usage_logs set price_id = $2 where call_id = $1'
    const gone = await damage(price, price, [callId, newId()], [callId, row?.price_id])
    expect(gone.differences).toMatchObject([{ what: 'price', call_id: callId, expected: null }])
    const rate = 'update gateway_usage_logs set usd_brl_rate = $2::numeric where call_id = $1'
    const dearer = await damage(rate, rate, [callId, '6'], [callId, '5.4828'])
    expect(dearer.differences).toMatchObject([{ what: 'cost_brl', unit: 'brl', booked: expect.stringMatching(/^0\.\d+$/) }])
  })

  test('finds a price that was changed in its history', async () => {
    const price = (by: string) =>
      `update model_prices set output_price_per_million = output_price_per_million ${by} 0.1 where id = (select price_id from gateway_usage_logs where call_id = $1)`
    const { differences } = await damage(price('+'), price('-'), [callId])
    expect(differences.length).toBeGreaterThanOrEqual(3)
    expect(differences.map(({ what }) => what)).toEqual(expect.arrayContaining(['cost_usd', 'truth']))
  })

  test('finds charges that are gone, unreadable, or in a period that the call was not in', async () => {
    const [row] = await rowsOf(callId)
    const charges = 'update gateway_usage_logs set charges = $2::jsonb where call_id = $1'
    const undo = [callId, JSON.stringify(row?.charges)]
    const gone = await damage(charges, charges, [callId, '[]'], undo)
    expect(gone.differences.map(({ what }) => what)).toEqual(['used', 'used'])
    const unreadable = await damage(charges, charges, [callId, '{"a": 1}'], undo)
    expect(unreadable.differences.map(({ what }) => what).sort()).toEqual(['charges', 'used', 'used'])
    const [first, ...others] = (row?.charges ?? []) as { period_start: string }[]
    const moved = JSON.stringify([{ ...first, period_start: '2020-01-01T03:00:00+00:00' }, ...others])
    const elsewhere = await damage(charges, charges, [callId, moved], undo)
    expect(elsewhere.differences.map(({ what }) => what).sort()).toEqual(['charged_period', 'used'])
  })

  test('finds an adjustment that is not what the truth asks for', async () => {
    const change = (by: string) => `update budget_adjustments set amount = amount ${by} 3 where budget_id = $1`
    const { differences } = await damage(change('+'), change('-'), [budgets.tokens])
    expect(differences.map(({ what }) => what).sort()).toEqual(['adjustment', 'used'])
  })

  test('finds a call that has two rows, also where they are in different months', async () => {
    const again = (ago: string) => `insert into gateway_usage_logs overriding system value
      select (jsonb_populate_record(l, jsonb_build_object('created_at', l.created_at - interval '${ago}', 'charges', '[]'::jsonb))).*
      from gateway_usage_logs l where l.call_id = $1`
    const undo = `delete from gateway_usage_logs where call_id = $1 and created_at < $2`
    const [row] = await rowsOf(callId)
    for (const ago of ['1 second', '70 days']) {
      const { differences } = await damage(again(ago), undo, [callId], [callId, row?.created_at])
      expect(differences).toMatchObject([{ what: 'call_rows', client: 'agencia', call_id: callId, unit: null, booked: '2', expected: '1' }])
      // Rows are only ever added, so nothing takes a deleted one off the sums.
      expect((await run('audit', '--rebuild-rollups')).stdout).toContain('in order')
    }
  })

  test('finds a hold that nobody would ever free', async () => {
    const hold = `insert into budget_holds (call_id, budget_id, period_start, amount, replica, expires_at)
      select $1, budget_id, period_start, 9, 'r', now() from budget_periods where budget_id = $2`
    const id = newId()
    const undo = 'delete from budget_holds where call_id = $1'
    const { differences } = await damage(hold, undo, [id, budgets.tokens], [id])
    expect(differences).toMatchObject([
      { what: 'reserved', booked: '0', expected: '9' },
      { what: 'hold_without_admission', call_id: id, budget_id: budgets.tokens },
    ])
  })

  test('looks only where it is asked to', async () => {
    const other = await gateway.addClient({ slug: 'other' })
    const change = (by: string) => `update gateway_usage_logs set cost_brl = cost_brl ${by} 1 where call_id = $1`
    await gateway.database.query(change('+'), [callId])
    expect(await audit('--client', 'other')).toMatchObject({ ok: true, rows: 0, periods: 0 })
    expect(await audit('--client', 'agencia', '--since', '1h')).toMatchObject({ ok: false })
    expect(await audit('--since', '2999-01-01')).toMatchObject({ ok: true, rows: 0, periods: 0 })
    const { code, stdout } = await run('audit', '--client', 'agencia')
    expect([code, stdout]).toEqual([1, expect.stringMatching(new RegExp(`4 differences:\\n\\nWHAT.*\\n.*agencia +${callId} `))])
    await gateway.database.query(change('-'), [callId])
    expect(await run('audit', '--since', 'soon')).toMatchObject({ code: 2, stderr: expect.stringContaining('--since "soon" is neither') })
    expect(other.id).not.toBe(gateway.client.id)
  })

  test('counts charges of a budget that was deleted, and calls on while calls go on', async () => {
    const extra = await addBudget(gateway.database, gateway.client.id, { type: 'usd', limit: 1000, hard: true })
    const asking = Array.from({ length: 20 }, (_, index) => ask(`reply with ${index + 3} words`, { stream: index % 2 === 0 }))
    for (let round = 0; round < 3; round += 1) {
      expect(await audit()).toMatchObject({ ok: true })
      await delay(20)
    }
    expect((await Promise.all(asking)).every(({ complete }) => complete)).toBe(true)
    await gateway.database.query('delete from client_budgets where id = $1', [extra])
    await expect.poll(async () => (await audit()).charges_of_deleted_budgets, { timeout: 10_000 }).toBe(20)
  })
})

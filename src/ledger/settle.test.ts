import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import {
  addBudget,
  addClient,
  type BudgetOptions,
  count,
  facts,
  findUnbalanced,
  memoryLog,
  readBudget,
  readRows,
  recordOf,
  requestOf,
  seededRandom,
  shuffle,
} from '../../tests/_support/ledger.ts'
import { reportFigure, testSeed as seed } from '../../tests/_support/report-figure.ts'
import { untilBlocked } from '../../tests/_support/until-blocked.ts'
import { newId } from '../shared/id.ts'
import { nanoBrl, nanoUsd } from '../shared/money.ts'
import { type Admission, type Ledger, openLedger } from './index.ts'
import { reserveCalls } from './sql/reserve.ts'
import { settleRecords } from './sql/settle.ts'
import { toBounds, toEstimateRow, toJson, toRow } from './to-row.ts'

let db: TestDatabase
let ledger: Ledger
const log = memoryLog()

beforeAll(async () => {
  db = await createTestDatabase()
  ledger = await openLedger({ database: db.database, replica: 'r1', log, spoolDir: undefined, expireEveryMs: 3_600_000 })
})

afterEach(async () => {
  expect(await findUnbalanced(db.database)).toEqual([])
})

afterAll(async () => {
  await ledger.close()
  await db.drop()
})

async function clientWith(...budgets: BudgetOptions[]): Promise<{ client: string; budgets: string[] }> {
  const client = await addClient(db.database)
  const ids: string[] = []
  for (const budget of budgets) ids.push(await addBudget(db.database, client, budget))
  return { client, budgets: ids }
}

async function rowOf(callId: string) {
  return (await readRows(db.database)).filter((row) => row.call_id === callId)
}

async function alertsOf(budget: string): Promise<{ threshold: number; used: bigint }[]> {
  return await db.database.query('select threshold, used from budget_alerts where budget_id = $1 order by threshold', [budget])
}

describe('settle', () => {
  test('writes the row as it was told', async () => {
    const client = await addClient(db.database)
    const admission = await ledger.reserve(requestOf(client))
    const conversationId = newId()
    const attempt = { provider: 'groq', model: 'm', via: 'direct', status: 500, error: 'x', tokens: 3 }
    await ledger.settle(
      recordOf(client, admission, 40, {
        inputTokens: 30,
        outputTokens: 10,
        cachedTokens: 5,
        conversationId,
        requestId: 'req-1',
        costUsd: nanoUsd(1_234_567n),
        costBrl: nanoBrl(7_000_000_001n),
        wasFallback: true,
        fallbackReason: 'upstream_timeout',
        attempts: [{ ...attempt, requestId: 'a', latencyMs: 1.4, costUsd: nanoUsd(1n) }],
        flags: ['usage_missing'],
      }),
    )
    const [row] = await db.database.query('select * from gateway_usage_logs where call_id = $1', [admission.callId])
    expect(row).toMatchObject({
      client_id: client,
      request_id: 'req-1',
      conversation_id: conversationId,
      provider: 'openai',
      input_tokens: 30n,
      output_tokens: 10n,
      cached_tokens: 5n,
      total_tokens: 40n,
      cost_usd: '0.001234567000',
      cost_brl: '7.000000001000',
      usd_brl_rate: '1.00000000',
      latency_ms: 13,
      first_token_ms: 4,
      was_fallback: true,
      fallback_reason: 'upstream_timeout',
      attempts: [{ ...attempt, request_id: 'a', latency_ms: 1, cost_usd: '0.000000001' }],
      flags: ['usage_missing'],
      status: 'ok',
      created_at: new Date(admission.admittedAt),
    })
  })

  test('moves every budget by its own unit and frees the holds', async () => {
    const { client, budgets } = await clientWith({ limit: 1000 }, { type: 'usd', limit: 5 }, { type: 'brl', limit: 5, period: 'monthly' })
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 500 }))
    await ledger.settle(recordOf(client, admission, 40, { costUsd: nanoUsd(234n), costBrl: nanoBrl(123n) }))
    const amounts = [40, 234, 123]
    expect(await Promise.all(budgets.map((id) => readBudget(db.database, id)))).toEqual(amounts.map((used) => ({ used, reserved: 0 })))
    const [row] = await rowOf(admission.callId)
    expect(budgets.map((id) => row?.charges.find((charge) => charge.budget_id === id)?.amount)).toEqual(amounts)
    expect(await count(db.database, `call_admissions where call_id = '${admission.callId}'`)).toBe(0)
    expect(await count(db.database, `budget_holds where call_id = '${admission.callId}'`)).toBe(0)
  })

  test('a call dearer than its hold is booked in full and flagged, and the next is refused', async () => {
    const { client, budgets } = await clientWith({ limit: 100 })
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    await ledger.settle(recordOf(client, admission, 120))
    expect(await rowOf(admission.callId)).toMatchObject([{ flags: ['over_hold'], total_tokens: 120n }])
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 120, reserved: 0 })
    const refused = ledger.reserve(requestOf(client))
    await expect(refused).rejects.toMatchObject({ code: 'budget_exceeded', details: { budget: { used: 120, remaining: 0 } } })
  })

  test('a soft budget is never over its hold', async () => {
    const { client } = await clientWith({ limit: 100, hard: false })
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    await ledger.settle(recordOf(client, admission, 120))
    expect(await rowOf(admission.callId)).toMatchObject([{ flags: [] }])
  })

  test('a void call frees its holds and has no row', async () => {
    const { client, budgets } = await clientWith({ limit: 100 })
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    await ledger.release(admission.callId)
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 0, reserved: 0 })
    expect(await rowOf(admission.callId)).toEqual([])
    expect(await count(db.database, `call_admissions where call_id = '${admission.callId}'`)).toBe(0)
  })

  test('one call after another is booked, without a spool', async () => {
    const { client, budgets } = await clientWith({ limit: 100 })
    for (let index = 0; index < 5; index += 1) {
      const admission = await ledger.reserve(requestOf(client))
      await ledger.settle(recordOf(client, admission, 1))
      await ledger.release(newId())
    }
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 5, reserved: 0 })
  })

  test('what was served while the database was away finds its budgets by its own time', async () => {
    const { client, budgets } = await clientWith({ limit: 100 }, { limit: 10_000, period: 'monthly', hard: false })
    const yesterday = new Date(Date.now() - 86_400_000).toISOString()
    const callId = newId()
    await ledger.settle(recordOf(client, { callId, admittedAt: yesterday }, 30, { unadmitted: true }))
    const [row] = await rowOf(callId)
    expect(row?.charges).toHaveLength(2)
    expect(row?.created_at.toISOString()).toBe(yesterday)
    const periods = await db.database.query<{ used: bigint; holds: boolean }>(
      'select used, period_start <= $2 and period_end > $2 as holds from budget_periods where budget_id = any ($1)',
      [budgets, yesterday],
    )
    expect(periods).toEqual([
      { used: 30n, holds: true },
      { used: 30n, holds: true },
    ])
  })

  test('a lost reply: the hold was made after all, and the record says unadmitted', async () => {
    const { client, budgets } = await clientWith({ limit: 100, hard: false })
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 50 }))
    // The replica knows neither that it was admitted nor when: its own clock is a little off.
    const itsTime = new Date(Date.parse(admission.admittedAt) + 7).toISOString()
    await ledger.settle(recordOf(client, { callId: admission.callId, admittedAt: itsTime }, 30, { unadmitted: true }))
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 30, reserved: 0 })
    expect(await rowOf(admission.callId)).toHaveLength(1)
    await ledger.release(admission.callId)
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 30, reserved: 0 })
  })

  test('a lost reply, and the hold expired before the record came: one row, and the difference is adjusted', async () => {
    const { client, budgets } = await clientWith({ limit: 100, hard: false })
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 50, ttlMs: 0 }))
    await db.database.query('select ledger_expire(100)')
    const itsTime = new Date(Date.parse(admission.admittedAt) + 7).toISOString()
    await ledger.settle(recordOf(client, { callId: admission.callId, admittedAt: itsTime }, 30, { unadmitted: true }))
    expect(await rowOf(admission.callId)).toMatchObject([{ status: 'orphaned', total_tokens: 50n }])
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 30, reserved: 0 })
  })

  test('a reserve that commits while the record of its call is being booked: nothing is left reserved, nothing is booked twice', async () => {
    const { client, budgets } = await clientWith({ limit: 1000, hard: false })
    const [budget = ''] = budgets
    await ledger.release((await ledger.reserve(requestOf(client))).callId)
    const request = requestOf(client, { outputTokens: 50, ttlMs: 0 })
    const calls = toJson([
      {
        call_id: request.callId,
        client_id: client,
        ttl_ms: 0,
        output: 50,
        min_output: 1,
        bounds: toBounds(request.bounds),
        estimate: toEstimateRow(facts),
      },
    ])
    const record = recordOf(client, { callId: request.callId, admittedAt: new Date().toISOString() }, 30, { unadmitted: true })
    const records = `[${toJson(toRow(record))}]`
    const settling = await db.database.transaction(async (tx) => {
      await reserveCalls(tx, calls, 'r1')
      const booking = settleRecords(db.database, records)
      await untilBlocked(db.database, 'ledger_settle')
      return { booking }
    })
    await settling.booking
    expect(await findUnbalanced(db.database)).toEqual([])
    // Booked again from the spool, then expired, then freed: each finds that the call has its row.
    await settleRecords(db.database, records)
    await db.database.query('select ledger_expire(100)')
    await ledger.release(request.callId)
    expect(await rowOf(request.callId)).toMatchObject([{ status: 'ok', total_tokens: 30n }])
    expect(await readBudget(db.database, budget)).toEqual({ used: 30, reserved: 0 })
  })

  test.each([0, 1])('a void and the record of one call in one batch: the record counts (order %i)', async (order) => {
    const { client, budgets } = await clientWith({ limit: 100, hard: false })
    const admission = await ledger.reserve(requestOf(client, { outputTokens: 50 }))
    const batch = [toRow(recordOf(client, admission, 30)), { call_id: admission.callId, void: true }]
    await settleRecords(db.database, toJson(order === 0 ? batch : batch.reverse()))
    expect(await rowOf(admission.callId)).toMatchObject([{ status: 'ok', total_tokens: 30n }])
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 30, reserved: 0 })
  })

  test('text that PostgreSQL cannot store is cleaned, not dead-lettered', async () => {
    const client = await addClient(db.database)
    const admission = await ledger.reserve(requestOf(client))
    await ledger.settle(recordOf(client, admission, 3, { errorCode: 'a\u0000b', fallbackReason: 'cut \ud83d' }))
    const rows = await db.database.query('select error_code, fallback_reason from gateway_usage_logs where call_id = $1', [
      admission.callId,
    ])
    expect(rows).toEqual([{ error_code: 'ab', fallback_reason: 'cut \ufffd' }])
  })
})

describe('settling twice is settling once (R13)', () => {
  test('the same 60 records ten times, shuffled, in batches of any size, change nothing', async () => {
    const random = seededRandom(seed)
    const { client, budgets } = await clientWith({ limit: 100_000 }, { type: 'usd', limit: 5 })
    const other = await clientWith({ limit: 50, hard: false })
    const admissions = await Promise.all(
      Array.from({ length: 60 }, async (_, index): Promise<[string, Admission]> => {
        const owner = index % 3 === 0 ? other.client : client
        return [owner, await ledger.reserve(requestOf(owner))]
      }),
    )
    const records = admissions.map(([owner, admission], index) =>
      index % 10 === 9 ? { call_id: admission.callId, void: true } : toRow(recordOf(owner, admission, 1 + (index % 17))),
    )
    await settleRecords(db.database, toJson(records))
    const all = [...budgets, ...other.budgets]
    const before = {
      rows: await readRows(db.database),
      budgets: await Promise.all(all.map((id) => readBudget(db.database, id))),
      alerts: await count(db.database, 'budget_alerts'),
    }
    expect(before.budgets.every((budget) => budget.used > 0 && budget.reserved === 0)).toBe(true)
    for (let round = 0; round < 10; round += 1) {
      const order = shuffle([...records, ...records.slice(0, 5)], random)
      const batches: object[][] = []
      while (order.length > 0) batches.push(order.splice(0, 1 + Math.floor(random() * 40)))
      // Two replicas may replay the same file at the same moment.
      await Promise.all(batches.map((batch) => settleRecords(db.database, toJson(batch))))
    }
    const after = {
      rows: await readRows(db.database),
      budgets: await Promise.all(all.map((id) => readBudget(db.database, id))),
      alerts: await count(db.database, 'budget_alerts'),
    }
    expect(after).toEqual(before)
    reportFigure('R13', seed, '60 records replayed 10 times, shuffled, several batches at once: nothing changed')
  })
})

describe('alerts', () => {
  test('each enabled threshold once, also when one call crosses several', async () => {
    const { client, budgets } = await clientWith({ limit: 100, hard: false })
    const spend = async (tokens: number) => ledger.settle(recordOf(client, await ledger.reserve(requestOf(client)), tokens))
    await spend(79)
    expect(await alertsOf(budgets[0] ?? '')).toEqual([])
    await spend(1)
    expect(await alertsOf(budgets[0] ?? '')).toEqual([{ threshold: 80, used: 80n }])
    await spend(25)
    await spend(1)
    await spend(500)
    expect(await alertsOf(budgets[0] ?? '')).toEqual([
      { threshold: 80, used: 80n },
      { threshold: 90, used: 105n },
      { threshold: 100, used: 105n },
    ])
  })

  test('a threshold that is switched off stays silent', async () => {
    const { client, budgets } = await clientWith({ limit: 100, hard: false, alerts: [true, false, true] })
    await ledger.settle(recordOf(client, await ledger.reserve(requestOf(client)), 300))
    expect((await alertsOf(budgets[0] ?? '')).map((alert) => alert.threshold)).toEqual([80, 100])
  })

  test('200 concurrent calls over the thresholds give one alert each', async () => {
    const { client, budgets } = await clientWith({ limit: 200, hard: false })
    const calls = await Promise.all(Array.from({ length: 200 }, () => ledger.reserve(requestOf(client, { outputTokens: 1 }))))
    const batches = Array.from({ length: 20 }, (_, index) => calls.slice(index * 10, index * 10 + 10))
    await Promise.all(
      batches.map((batch) => settleRecords(db.database, toJson(batch.map((admission) => toRow(recordOf(client, admission, 1)))))),
    )
    expect((await alertsOf(budgets[0] ?? '')).map((alert) => [alert.threshold, Number(alert.used)])).toEqual([
      [80, 160],
      [90, 180],
      [100, 200],
    ])
  })

  test('a limit that is lowered below what is used alerts with the next call', async () => {
    const { client, budgets } = await clientWith({ limit: 1000, hard: false })
    const spend = async (tokens: number) => ledger.settle(recordOf(client, await ledger.reserve(requestOf(client)), tokens))
    await spend(95)
    await db.database.query('update client_budgets set budget_limit = 100 where id = $1', [budgets[0]])
    await spend(1)
    expect((await alertsOf(budgets[0] ?? '')).map((alert) => alert.threshold)).toEqual([80, 90])
  })
})

describe('poison (R12)', () => {
  test('1 bad in 200: 199 are booked, 1 is kept as a dead letter, logged, and its hold stays until it expires', async () => {
    const { client, budgets } = await clientWith({ limit: 100_000 })
    const admissions = await Promise.all(Array.from({ length: 200 }, () => ledger.reserve(requestOf(client))))
    await Promise.all(
      admissions.map((admission, index) => ledger.settle(recordOf(client, admission, 2, index === 77 ? { inputTokens: -1 } : {}))),
    )
    const bad = admissions[77]?.callId ?? ''
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 398, reserved: 10 })
    const letters = await db.database.query('select call_id, error, record from usage_dead_letters')
    expect(letters).toMatchObject([{ call_id: bad, error: expect.stringContaining('input_tokens'), record: { input_tokens: -1 } }])
    expect(log.lines.filter((line) => line.includes('usage_dead_letters'))).toHaveLength(1)
    await db.database.query(`update call_admissions set expires_at = now() - interval '1 s' where call_id = $1`, [bad])
    await db.database.query('select ledger_expire(10)')
    expect(await rowOf(bad)).toMatchObject([{ status: 'orphaned' }])
    expect(await readBudget(db.database, budgets[0] ?? '')).toEqual({ used: 408, reserved: 0 })
    reportFigure('R12', undefined, '1 bad in 200: 199 booked, 1 dead letter, 1 line in the log')
  })

  test('an id that is none, and a client that does not exist', async () => {
    const before = await count(db.database, 'usage_dead_letters')
    const client = await addClient(db.database)
    const good = await ledger.reserve(requestOf(client))
    await Promise.all([
      ledger.settle(recordOf(client, { callId: '------------------------------------', admittedAt: new Date().toISOString() }, 1)),
      ledger.settle(recordOf(newId(), { callId: newId(), admittedAt: new Date().toISOString() }, 1, facts)),
      ledger.settle(recordOf(client, good, 1)),
    ])
    expect(await count(db.database, 'usage_dead_letters')).toBe(before + 2)
    expect(await rowOf(good.callId)).toHaveLength(1)
  })
})

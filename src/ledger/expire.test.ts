import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import {
  addBudget,
  addClient,
  count,
  facts,
  findUnbalanced,
  memoryLog,
  readBudget,
  readRows,
  recordOf,
  requestOf,
  type UsageRow,
} from '../../tests/_support/ledger.ts'
import { newId } from '../shared/id.ts'
import { silentLog } from '../shared/log.ts'
import { nanoBrl, nanoUsd } from '../shared/money.ts'
import { type Admission, type Ledger, openLedger } from './index.ts'
import { expireHolds } from './sql/expire.ts'
import { settleRecords } from './sql/settle.ts'
import { toJson, toRow } from './to-row.ts'

let db: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  db = await createTestDatabase()
  ledger = await openLedger({ database: db.database, replica: 'r1', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
})

afterEach(async () => {
  expect(await findUnbalanced(db.database)).toEqual([])
})

afterAll(async () => {
  await ledger.close()
  await db.drop()
})

async function rowOf(callId: string): Promise<UsageRow[]> {
  return (await readRows(db.database)).filter((row) => row.call_id === callId)
}

/** A call that nobody will settle in time: its hold has expired already. */
async function abandoned(client: string, outputTokens = 100, fixed = 0n): Promise<Admission> {
  return await ledger.reserve(requestOf(client, { outputTokens, fixed, ttlMs: -1_000 }))
}

describe('a hold that nobody settled', () => {
  test('is charged at its upper bound, in every unit, as an orphan', async () => {
    const client = await addClient(db.database)
    const tokens = await addBudget(db.database, client, { limit: 1_000 })
    const brl = await addBudget(db.database, client, { type: 'brl', limit: 5, period: 'monthly' })
    const { callId } = await ledger.reserve(
      requestOf(client, {
        ttlMs: -1_000,
        outputTokens: 101,
        bounds: {
          tokens: { fixed: 7n, perMillionOutput: 1_000_000n },
          usd: { fixed: 1_000n, perMillionOutput: 600_000_000n },
          brl: { fixed: 5_500n, perMillionOutput: 3_300_500_000n },
        },
        facts: { ...facts, flags: ['unpriced'] },
      }),
    )
    expect(await expireHolds(db.database, 500)).toBe(1)
    expect(await rowOf(callId)).toMatchObject([
      { status: 'orphaned', total_tokens: 108n, cost_usd: '0.000061600000', cost_brl: '0.000338851000', flags: ['unpriced'] },
    ])
    const [row] = await db.database.query('select input_tokens, output_tokens, usd_brl_rate from gateway_usage_logs where call_id = $1', [
      callId,
    ])
    expect(row).toEqual({ input_tokens: 7n, output_tokens: 101n, usd_brl_rate: '5.50000000' })
    expect(await readBudget(db.database, tokens)).toEqual({ used: 108, reserved: 0 })
    expect(await readBudget(db.database, brl)).toEqual({ used: 338_851, reserved: 0 })
    expect(await expireHolds(db.database, 500)).toBe(0)
  })

  test('of a client without a budget still gets its row', async () => {
    const { callId } = await abandoned(await addClient(db.database), 30)
    await expireHolds(db.database, 500)
    expect(await rowOf(callId)).toMatchObject([{ status: 'orphaned', total_tokens: 30n, charges: [] }])
  })

  test('is released where the operator chose so for the client', async () => {
    const client = await addClient(db.database, { expiredHolds: 'release' })
    const budget = await addBudget(db.database, client, { limit: 100 })
    const { callId } = await abandoned(client)
    await expireHolds(db.database, 500)
    expect(await rowOf(callId)).toMatchObject([
      { status: 'orphaned', total_tokens: 0n, cost_usd: '0.000000000000', flags: ['hold_released'] },
    ])
    expect(await readBudget(db.database, budget)).toEqual({ used: 0, reserved: 0 })
  })

  test('is left alone before its time', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client)
    await ledger.reserve(requestOf(client, { ttlMs: 60_000 }))
    expect(await expireHolds(db.database, 500)).toBe(0)
    expect(await readBudget(db.database, budget)).toEqual({ used: 0, reserved: 10 })
  })

  test('fires the alerts of the thresholds that it crosses', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100 })
    await abandoned(client, 95)
    await expireHolds(db.database, 500)
    expect(await count(db.database, `budget_alerts where budget_id = '${budget}'`)).toBe(2)
  })
})

describe('truth that comes after the charge', () => {
  test.each([
    ['less', 40, -60],
    ['more', 130, 30],
    ['exactly as much', 100, 0],
  ])('is booked as the difference, exactly once: %s', async (_, truth, difference) => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 1_000 })
    const usd = await addBudget(db.database, client, { type: 'usd', limit: 5, hard: false })
    const admission = await abandoned(client)
    await expireHolds(db.database, 500)
    const record = toRow(recordOf(client, admission, truth, { requestId: 'late' }))
    await Promise.all(Array.from({ length: 3 }, () => settleRecords(db.database, toJson([record, record]))))
    await ledger.settle(recordOf(client, admission, truth))
    expect(await readBudget(db.database, budget)).toEqual({ used: truth, reserved: 0 })
    expect(await readBudget(db.database, usd)).toEqual({ used: truth, reserved: 0 })
    expect(await rowOf(admission.callId)).toMatchObject([{ status: 'orphaned', total_tokens: 100n }])
    const adjustments = await db.database.query(
      `select amount, reason, truth ->> 'request_id' as request from budget_adjustments where call_id = $1 and budget_id = $2`,
      [admission.callId, budget],
    )
    expect(adjustments).toEqual([{ amount: BigInt(difference), reason: 'late_settlement', request: 'late' }])
    expect(await count(db.database, `budget_adjustments where call_id = '${admission.callId}'`)).toBe(2)
  })

  test('is kept for a client without a budget, too', async () => {
    const client = await addClient(db.database)
    const admission = await abandoned(client)
    await expireHolds(db.database, 500)
    for (let n = 0; n < 3; n += 1) await ledger.settle(recordOf(client, admission, 40))
    const rows = await db.database.query(
      `select budget_id, amount, (truth ->> 'total_tokens')::int as tokens from budget_adjustments where call_id = $1`,
      [admission.callId],
    )
    expect(rows).toEqual([{ budget_id: null, amount: 0n, tokens: 40 }])
  })

  test('that the call never came to pass takes the whole charge back, exactly once', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100 })
    const { callId } = await abandoned(client)
    await expireHolds(db.database, 500)
    for (let n = 0; n < 3; n += 1) await ledger.release(callId)
    expect(await readBudget(db.database, budget)).toEqual({ used: 0, reserved: 0 })
    await expect(ledger.reserve(requestOf(client, { outputTokens: 100 }))).resolves.toMatchObject({ outputTokens: 100 })
    const rows = await db.database.query('select amount, reason from budget_adjustments where call_id = $1', [callId])
    expect(rows).toEqual([{ amount: -100n, reason: 'late_release' }])
  })

  test('together with that of calls in time, in one batch', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 1_000 })
    const late = await abandoned(client)
    await expireHolds(db.database, 500)
    const inTime = await ledger.reserve(requestOf(client))
    const counts = await settleRecords(db.database, toJson([late, inTime].map((admission) => toRow(recordOf(client, admission, 4)))))
    expect(counts).toMatchObject({ inserted: 1, adjusted: 1 })
    expect(await readBudget(db.database, budget)).toEqual({ used: 8, reserved: 0 })
  })

  test('raises an alert when it is what crosses the threshold', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 1_000, hard: false })
    const admission = await abandoned(client)
    await expireHolds(db.database, 500)
    await ledger.settle(recordOf(client, admission, 850, { costUsd: nanoUsd(1n), costBrl: nanoBrl(1n) }))
    const alerts = await db.database.query('select threshold, used from budget_alerts where budget_id = $1', [budget])
    expect(alerts).toEqual([{ threshold: 80, used: 850n }])
  })
})

describe('at the same time', () => {
  test('two replicas that expire, and one that settles, book each call exactly once', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100_000 })
    const calls = await Promise.all(Array.from({ length: 120 }, () => abandoned(client)))
    const records = calls.map((admission) => toRow(recordOf(client, admission, 7)))
    const batches = Array.from({ length: 12 }, (_, n) => records.slice(n * 10, n * 10 + 10))
    await Promise.all([
      ...batches.map((batch) => settleRecords(db.database, toJson(batch))),
      ...Array.from({ length: 6 }, () => expireHolds(db.database, 30)),
    ])
    while ((await expireHolds(db.database, 500)) > 0);
    const rows = (await readRows(db.database)).filter((row) => calls.some((call) => call.callId === row.call_id))
    expect(rows).toHaveLength(120)
    // Whether a call was settled in time or adjusted after it expired: it cost 7.
    expect(await readBudget(db.database, budget)).toEqual({ used: 840, reserved: 0 })
  })

  test('the ledger looks for expired holds by itself and says so', async () => {
    const log = memoryLog()
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 1_000 })
    await Promise.all(Array.from({ length: 3 }, () => abandoned(client)))
    const own = await openLedger({ database: db.database, replica: 'r2', log, spoolDir: undefined, expireEveryMs: 20 })
    await vi.waitFor(async () => expect(await readBudget(db.database, budget)).toEqual({ used: 300, reserved: 0 }))
    await own.close()
    expect(log.lines).toEqual(['[Ledger] 3 calls were never settled and are charged as estimates (status orphaned)'])
  })
})

describe('what cannot be booked does not keep the others from it', () => {
  test('a call whose facts make no row is kept as a dead letter, and its hold is freed', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 1_000 })
    const bad = await ledger.reserve(requestOf(client, { ttlMs: -1_000, facts: { ...facts, conversationId: 'not a uuid' } }))
    const good = await abandoned(client)
    expect(await expireHolds(db.database, 500)).toBe(2)
    expect(await rowOf(good.callId)).toMatchObject([{ status: 'orphaned' }])
    expect(await readBudget(db.database, budget)).toEqual({ used: 100, reserved: 0 })
    expect(await db.database.query('select error from usage_dead_letters where call_id = $1', [bad.callId])).toEqual([
      { error: expect.stringContaining('uuid') },
    ])
    expect(await expireHolds(db.database, 500)).toBe(0)
  })

  test('a client that was deleted with a call in flight', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client)
    const gone = await abandoned(client)
    const good = await abandoned(await addClient(db.database))
    await db.database.query('delete from clients where id = $1', [client])
    expect(await expireHolds(db.database, 500)).toBe(2)
    expect(await rowOf(good.callId)).toHaveLength(1)
    expect(await count(db.database, `call_admissions where call_id = '${gone.callId}'`)).toBe(0)
    expect(await count(db.database, `usage_dead_letters where call_id = '${gone.callId}'`)).toBe(1)
  })

  test('a call that is not in the registry of admissions any more', async () => {
    await settleRecords(db.database, toJson([{ call_id: newId(), void: true }]))
    expect(await settleRecords(db.database, '[]')).toEqual({ inserted: 0, adjusted: 0, alerts: 0 })
  })
})

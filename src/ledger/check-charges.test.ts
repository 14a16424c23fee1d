import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, recordOf, requestOf } from '../../tests/_support/ledger.ts'
import { newId } from '../shared/id.ts'
import { silentLog } from '../shared/log.ts'
import { nanoBrl, nanoUsd } from '../shared/money.ts'
import { readAdjustmentPages, readPeriodPages, readRowPages, startOfAudit } from './audit-pages.ts'
import { checkAdjustment, checkCharges, checkPeriod } from './check-charges.ts'
import { getCall } from './find-call.ts'
import { type Ledger, openLedger } from './index.ts'
import { expireHolds } from './sql/expire.ts'
import { settleRecords } from './sql/settle.ts'
import { toJson, toRow } from './to-row.ts'

let db: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  db = await createTestDatabase()
  ledger = await openLedger({ database: db.database, replica: 'r1', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
})
afterAll(async () => {
  await ledger.close()
  await db.drop()
})

const allOf = (clientId: string) => ({ clientId, since: '-infinity' })

async function collect<T>(pages: AsyncGenerator<T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(...page)
  return all
}

describe('the pages of an audit', () => {
  test('have every row once, also where thousands were admitted in the same instant', async () => {
    const client = await addClient(db.database)
    // More than two pages of one instant, and rows a microsecond apart on both sides, which a Date cannot tell from it.
    await db.database.query(
      `insert into gateway_usage_logs (call_id, client_id, provider, model_name, status, created_at)
       select gen_random_uuid(), $1, 'p', 'm', 'ok', timestamptz '2026-11-01 12:00:00.0005Z' + case when n > 4500 then n - 4500 else 0 end * interval '1 microsecond'
       from generate_series(1, 5100) n`,
      [client],
    )
    const pages: number[] = []
    const ids = new Set<string>()
    for await (const page of readRowPages(db.database, allOf(client))) {
      pages.push(page.length)
      for (const row of page) ids.add(row.call_id)
    }
    expect([pages, ids.size]).toEqual([[2000, 2000, 1100], 5100])
    const since = await startOfAudit(db.database, { at: '2026-11-01 12:00:00.001' }, 'UTC')
    expect(await collect(readRowPages(db.database, { clientId: client, since }))).toHaveLength(101)
  })

  test('have every period once, with its sums', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 1000 })
    await db.database.query(
      `insert into budget_periods (budget_id, period_start, period_end, "limit", used)
       select $1, d, d + interval '1 day', 1000, 0 from generate_series(timestamptz '2026-01-01 03:00Z', timestamptz '2026-04-30 03:00Z', interval '1 day') d`,
      [budget],
    )
    const periods = await collect(readPeriodPages(db.database, allOf(client)))
    expect([periods.length, new Set(periods.map((one) => one.period_start.toISOString())).size]).toEqual([120, 120])
    expect(periods.flatMap(checkPeriod)).toEqual([])
    const since = await startOfAudit(db.database, { at: '2026-04-30 00:00' }, 'America/Sao_Paulo')
    expect(await collect(readPeriodPages(db.database, { clientId: client, since }))).toHaveLength(1)
  })

  test('without a client begin where the day begins first', async () => {
    expect(await startOfAudit(db.database, undefined)).toBe('-infinity')
    expect(new Date(await startOfAudit(db.database, { at: '2026-11-20 00:00' }))).toEqual(new Date('2026-11-19T10:00:00Z'))
  })
})

describe('charges', () => {
  test('of each type are the row’s figure, and where one is not, it is told', async () => {
    const client = await addClient(db.database)
    for (const type of ['tokens', 'usd', 'brl'] as const) await addBudget(db.database, client, { type, limit: 1000 })
    const admission = await ledger.reserve(requestOf(client))
    await ledger.settle(recordOf(client, admission, 40, { costUsd: nanoUsd(1_234_567_890n), costBrl: nanoBrl(7n) }))
    const read = () => collect(readRowPages(db.database, allOf(client)))
    expect(await checkCharges(db.database, await read())).toEqual({ differences: [], ofDeletedBudgets: 0 })
    await db.database.query('update gateway_usage_logs set cost_usd = 1.5, cost_brl = 0.0000000011 where client_id = $1', [client])
    const { differences } = await checkCharges(db.database, await read())
    expect(differences.map(({ what, type, booked, expected }) => [what, type, booked, expected]).sort()).toEqual([
      ['charge', 'brl', '7', null],
      ['charge', 'usd', '1234567890', '1500000000'],
    ])
  })

  test('and adjustments of an orphan that was settled late, or never came to pass, are in order', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 1000 })
    const late = await ledger.reserve(requestOf(client, { ttlMs: -1_000 }))
    const never = await ledger.reserve(requestOf(client, { ttlMs: -1_000 }))
    await expireHolds(db.database, 10)
    await settleRecords(db.database, toJson([toRow(recordOf(client, late, 4)), { call_id: never.callId, void: true }]))
    const adjustments = await collect(readAdjustmentPages(db.database, allOf(client)))
    expect(adjustments.map(({ amount, status }) => [amount, status])).toEqual(
      expect.arrayContaining([
        [-6n, 'ok'],
        [-10n, null],
      ]),
    )
    expect(adjustments.flatMap(checkAdjustment)).toEqual([])
    expect(checkAdjustment({ ...(adjustments[0] as (typeof adjustments)[number]), amount: 1n })).toMatchObject([
      { what: 'adjustment', booked: '1' },
    ])
    expect((await collect(readPeriodPages(db.database, allOf(client)))).flatMap(checkPeriod)).toEqual([])
  })
})

describe('getCall', () => {
  test('tells a call in flight, a settled one without a budget, and an id that nothing has', async () => {
    const client = await addClient(db.database)
    const admission = await ledger.reserve(requestOf(client))
    expect(await getCall(db.database, admission.callId.toUpperCase())).toMatchObject({ rows: [], moves: [], admission: { replica: 'r1' } })
    await ledger.settle(recordOf(client, admission, 3, { requestId: 'req-of-ours' }))
    expect(await getCall(db.database, 'req-of-ours')).toMatchObject({
      callId: admission.callId,
      rows: [{ status: 'ok' }],
      admission: undefined,
    })
    await expect(getCall(db.database, newId())).rejects.toMatchObject({ code: 'not_found' })
    await expect(getCall(db.database, "'; no \u{1F600}")).rejects.toMatchObject({ code: 'not_found' })
  })
})

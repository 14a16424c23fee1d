import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import {
  addBudget,
  addClient,
  findUnbalanced,
  readPeriods,
  recordOf,
  requestOf,
  seededRandom,
  setLedgerTime,
} from '../../tests/_support/ledger.ts'
import { reportFigure, testSeed as seed } from '../../tests/_support/report-figure.ts'
import { silentLog } from '../shared/log.ts'
import { findMonth } from '../usage/index.ts'
import { type Admission, type Ledger, openLedger } from './index.ts'

let db: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  db = await createTestDatabase()
  ledger = await openLedger({ database: db.database, replica: 'r1', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
})

afterEach(async () => {
  expect(await findUnbalanced(db.database)).toEqual([])
  await setLedgerTime(db.database, undefined)
})

afterAll(async () => {
  await ledger.close()
  await db.drop()
})

async function admitAt(at: string, client: string, outputTokens = 10): Promise<Admission> {
  await setLedgerTime(db.database, at)
  return await ledger.reserve(requestOf(client, { outputTokens }))
}

/** Each period as `[start, hours, used, reserved]`. */
async function periodsOf(budget: string): Promise<[string, number, number, number][]> {
  return (await readPeriods(db.database, budget)).map((period) => [
    period.period_start.toISOString(),
    (period.period_end.getTime() - period.period_start.getTime()) / 3_600_000,
    Number(period.used),
    Number(period.reserved),
  ])
}

describe('R17: a call belongs to the period in which it was admitted', () => {
  test('across midnight in São Paulo, whenever it is settled', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100 })
    const before = await admitAt('2026-03-10T23:59:59.900-03:00', client, 100)
    const after = await admitAt('2026-03-11T00:00:00.000-03:00', client, 60)
    await ledger.settle(recordOf(client, before, 90))
    await ledger.settle(recordOf(client, after, 50))
    expect(await periodsOf(budget)).toEqual([
      ['2026-03-10T03:00:00.000Z', 24, 90, 0],
      ['2026-03-11T03:00:00.000Z', 24, 50, 0],
    ])
  })

  test('a budget that is spent is whole again at midnight, with no job in between', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100 })
    await ledger.settle(recordOf(client, await admitAt('2026-03-10T23:00:00-03:00', client), 100))
    await expect(admitAt('2026-03-10T23:59:59.999-03:00', client)).rejects.toMatchObject({
      code: 'budget_exceeded',
      details: { budget: { resets_at: '2026-03-11T03:00:00Z' } },
    })
    await expect(admitAt('2026-03-11T00:00:00-03:00', client)).resolves.toMatchObject({ outputTokens: 10 })
  })

  test('at the end of a month that is also the end of a day, and within a week', async () => {
    const client = await addClient(db.database)
    const daily = await addBudget(db.database, client, { limit: 1_000 })
    const weekly = await addBudget(db.database, client, { limit: 1_000, period: 'weekly' })
    const monthly = await addBudget(db.database, client, { limit: 1_000, period: 'monthly' })
    const calls = [
      await admitAt('2026-02-28T23:59:59.999-03:00', client),
      await admitAt('2026-03-01T00:00:00-03:00', client),
      await admitAt('2026-03-01T23:59:59-03:00', client),
      await admitAt('2026-03-02T00:00:00-03:00', client),
    ]
    for (const [index, admission] of calls.entries()) await ledger.settle(recordOf(client, admission, 10 ** index % 9_999))
    expect(await periodsOf(daily)).toEqual([
      ['2026-02-28T03:00:00.000Z', 24, 1, 0],
      ['2026-03-01T03:00:00.000Z', 24, 110, 0],
      ['2026-03-02T03:00:00.000Z', 24, 1_000, 0],
    ])
    expect(await periodsOf(weekly)).toEqual([
      ['2026-02-23T03:00:00.000Z', 168, 111, 0],
      ['2026-03-02T03:00:00.000Z', 168, 1_000, 0],
    ])
    expect(await periodsOf(monthly)).toEqual([
      ['2026-02-01T03:00:00.000Z', 28 * 24, 1, 0],
      ['2026-03-01T03:00:00.000Z', 31 * 24, 1_110, 0],
    ])
  })

  test('weeks start on Monday', async () => {
    const client = await addClient(db.database)
    const weekly = await addBudget(db.database, client, { period: 'weekly' })
    await admitAt('2026-11-22T23:59:59-03:00', client)
    await admitAt('2026-11-23T00:00:00-03:00', client)
    const days = (await readPeriods(db.database, weekly)).map((period) =>
      new Date(period.period_start.getTime() - 3 * 3_600_000).getUTCDay(),
    )
    expect(days).toEqual([1, 1])
  })

  test('2018-11-04, which has no midnight, has 23 hours; 2018-02-17, which has two elevens at night, has 25', async () => {
    const client = await addClient(db.database)
    const daily = await addBudget(db.database, client)
    // 23:59:59 on the 3rd is -03; one second later it is 01:00 on the 4th, -02.
    for (const at of ['2018-11-04T02:59:59Z', '2018-11-04T03:00:00Z', '2018-11-05T01:59:59Z', '2018-11-05T02:00:00Z']) {
      await ledger.settle(recordOf(client, await admitAt(at, client), 1))
    }
    expect(await periodsOf(daily)).toEqual([
      ['2018-11-03T03:00:00.000Z', 24, 1, 0],
      ['2018-11-04T03:00:00.000Z', 23, 2, 0],
      ['2018-11-05T02:00:00.000Z', 24, 1, 0],
    ])
    const autumn = await addBudget(db.database, client, { type: 'usd', limit: 5 })
    for (const at of [
      '2018-02-17T01:59:59Z',
      '2018-02-17T02:00:00Z',
      '2018-02-18T01:30:00Z',
      '2018-02-18T02:30:00Z',
      '2018-02-18T03:00:00Z',
    ]) {
      await ledger.settle(recordOf(client, await admitAt(at, client), 1))
    }
    expect(await periodsOf(autumn)).toEqual([
      ['2018-02-16T02:00:00.000Z', 24, 1, 0],
      ['2018-02-17T02:00:00.000Z', 25, 3, 0],
      ['2018-02-18T03:00:00.000Z', 24, 1, 0],
    ])
  })

  test('calls at random times: the sum of the periods is the sum of the rows', async () => {
    const random = seededRandom(seed)
    const client = await addClient(db.database)
    const budgets = await Promise.all(
      (['daily', 'weekly', 'monthly'] as const).map((period) => addBudget(db.database, client, { period, limit: 100_000 })),
    )
    const from = Date.parse('2018-10-20T00:00:00Z')
    const open: Admission[] = []
    let sum = 0
    for (let n = 0; n < 80; n += 1) {
      open.push(await admitAt(new Date(from + Math.floor(random() * 30 * 86_400_000)).toISOString(), client))
      if (random() < 0.6) {
        const [admission] = open.splice(Math.floor(random() * open.length), 1)
        const tokens = Math.floor(random() * 20)
        sum += tokens
        if (admission) await ledger.settle(recordOf(client, admission, tokens))
      }
    }
    for (const budget of budgets) {
      const periods = await readPeriods(db.database, budget)
      expect(periods.reduce((total, period) => total + Number(period.used), 0)).toBe(sum)
      expect(periods.reduce((total, period) => total + Number(period.reserved), 0)).toBe(open.length * 10)
    }
    const [rows] = await db.database.query<{ sum: string }>('select sum(total_tokens) from gateway_usage_logs where client_id = $1', [
      client,
    ])
    expect(Number(rows?.sum)).toBe(sum)
    reportFigure('R17', seed, `80 calls over 30 days, 2018-11-04 among them: periods and rows both sum to ${sum}`)
  })
})

test('periods hold their instant and follow on each other, in every time zone', async () => {
  const zones = [
    'America/Sao_Paulo',
    'America/Asuncion',
    'America/New_York',
    'Europe/Lisbon',
    'Asia/Beirut',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'UTC',
  ]
  const bad = await db.database.query(
    `select zone, period, at::text, budget_period_start(period, zone, at)::text, budget_period_end(period, zone, at)::text
     from unnest($1::text[]) as zone
     cross join unnest(array['daily', 'weekly', 'monthly']) as period
     cross join generate_series(timestamptz '2017-12-25Z', timestamptz '2019-04-10Z', interval '5 h 17 min') as at
     where not (budget_period_start(period, zone, at) <= at and at < budget_period_end(period, zone, at)
       and budget_period_start(period, zone, budget_period_end(period, zone, at)) = budget_period_end(period, zone, at))
     limit 5`,
    [zones],
  )
  expect(bad).toEqual([])
})

test('a period begins with the first of two midnights, and with the month of a statement', async () => {
  const rows = await db.database.query<{ starts: number; holds: boolean; follows: boolean; months: boolean }>(
    `select count(distinct budget_period_start('daily', zone, at))::int as starts,
       bool_and(budget_period_start('daily', zone, at) <= at and at < budget_period_end('daily', zone, at)) as holds,
       bool_and(budget_period_end('daily', zone, first - interval '1 second') = budget_period_start('daily', zone, at)) as follows,
       bool_and(date_trunc('day', at at time zone zone) = budget_period_start('daily', zone, at) at time zone zone) as months
     from (values ('America/Havana', timestamptz '2026-11-01 04:00Z'), ('Atlantic/Azores', timestamptz '2026-10-25 00:00Z')) as days(zone, first)
     cross join generate_series(first, first + interval '24 h 59 min', interval '10 min') as at
     group by zone`,
  )
  const day = { starts: 1, holds: true, follows: true, months: true }
  expect(rows).toEqual([day, day])
  const november = await findMonth(db.database, '2026-11', 'America/Havana')
  expect([november.from, november.to]).toEqual([new Date('2026-11-01T04:00:00Z'), new Date('2026-12-01T05:00:00Z')])
  expect((await findMonth(db.database, '2026-10', 'America/Havana')).to).toEqual(november.from)
})

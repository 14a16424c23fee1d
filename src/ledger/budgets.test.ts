import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import {
  addBudget,
  addClient,
  count,
  findUnbalanced,
  readBudget,
  readDeadlocks,
  readPeriods,
  readRows,
  recordOf,
  requestOf,
  setLedgerTime,
} from '../../tests/_support/ledger.ts'
import { LedgerUnavailableError } from '../shared/errors.ts'
import { silentLog } from '../shared/log.ts'
import { type Ledger, openLedger } from './index.ts'
import { reserveCalls } from './sql/reserve.ts'
import { settleRecords } from './sql/settle.ts'
import { toBounds, toEstimateRow, toJson, toRow } from './to-row.ts'

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

async function spend(client: string, tokens: number): Promise<void> {
  const admission = await ledger.reserve(requestOf(client, { outputTokens: tokens }))
  await ledger.settle(recordOf(client, admission, tokens))
}

describe("the guide's view", () => {
  test('takes the guide INSERT and answers the guide SELECT, at any time', async () => {
    const client = await addClient(db.database)
    await db.database.query(
      `INSERT INTO client_budgets (
         client_id, budget_type, budget_limit, budget_period,
         alert_threshold_80, alert_threshold_90, alert_threshold_100, pause_at_limit
       ) VALUES ($1, 'tokens', 100000, 'daily', true, true, true, false)`,
      [client],
    )
    const select = () =>
      db.database.query(
        `SELECT cb.budget_type, cb.current_usage, cb.budget_limit, cb.usage_percentage
         FROM clients c JOIN client_budgets cb ON c.id = cb.client_id WHERE c.id = $1`,
        [client],
      )
    expect(await select()).toEqual([{ budget_type: 'tokens', current_usage: '0', budget_limit: '100000', usage_percentage: '0.00' }])
    await spend(client, 12_345)
    expect(await select()).toEqual([{ budget_type: 'tokens', current_usage: '12345', budget_limit: '100000', usage_percentage: '12.35' }])
    await spend(client, 100_000)
    expect(await select()).toEqual([{ budget_type: 'tokens', current_usage: '112345', budget_limit: '100000', usage_percentage: '112.35' }])
  })

  test('shows money in whole units, exact to the nano', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { type: 'brl', limit: '12.5', hard: false })
    await spend(client, 1_234_567_891)
    const rows = await db.database.query('select current_usage, usage_percentage from client_budgets where client_id = $1', [client])
    expect(rows).toEqual([{ current_usage: '1.234567891', usage_percentage: '9.88' }])
    await db.database.query(
      `update budget_periods set used = 8999999999123456789 where budget_id in (select id from budgets where client_id = $1)`,
      [client],
    )
    const [large] = await db.database.query<{ current_usage: string }>('select current_usage from client_budgets where client_id = $1', [
      client,
    ])
    expect(large?.current_usage).toBe('8999999999.123456789')
    await db.database.query(
      `update budget_periods set used = 1234567891 where budget_id in (select id from budgets where client_id = $1)`,
      [client],
    )
  })

  test('is right just after midnight, with no traffic and no job', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 1_000 })
    await addBudget(db.database, client, { limit: 1_000, period: 'monthly' })
    try {
      await setLedgerTime(db.database, '2026-06-15T23:59:59-03:00')
      await spend(client, 700)
      const usage = () =>
        db.database.query('select budget_period, current_usage from client_budgets where client_id = $1 order by budget_period', [client])
      expect(await usage()).toEqual([
        { budget_period: 'daily', current_usage: '700' },
        { budget_period: 'monthly', current_usage: '700' },
      ])
      await setLedgerTime(db.database, '2026-06-16T00:00:00-03:00')
      expect(await usage()).toEqual([
        { budget_period: 'daily', current_usage: '0' },
        { budget_period: 'monthly', current_usage: '700' },
      ])
    } finally {
      await setLedgerTime(db.database, undefined)
    }
  })

  test('a limit of nothing or less, and one that is too large to count, are refused', async () => {
    const client = await addClient(db.database)
    for (const limit of ['0', '-5', '9000000000']) {
      await expect(addBudget(db.database, client, { type: 'brl', limit })).rejects.toMatchObject({ constraint: 'budget_limit_is_positive' })
    }
    await addBudget(db.database, client, { type: 'brl', limit: 5 })
    await expect(addBudget(db.database, client, { type: 'brl', limit: 6 })).rejects.toMatchObject({ code: '23505' })
  })
})

describe('changes by plain SQL are effective at once (R18)', () => {
  test('a limit lowered below what is used refuses; raised, it admits again', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 1_000 })
    await spend(client, 500)
    await db.database.query('update client_budgets set budget_limit = 400 where id = $1', [budget])
    await expect(ledger.reserve(requestOf(client))).rejects.toMatchObject({
      code: 'budget_exceeded',
      details: { budget: { limit: 400, used: 500, remaining: 0 } },
    })
    await db.database.query('update client_budgets set budget_limit = 505 where id = $1', [budget])
    await expect(ledger.reserve(requestOf(client, { outputTokens: 100 }))).resolves.toMatchObject({ outputTokens: 5 })
  })

  test('soft becomes hard, and hard soft', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100, hard: false })
    const open = await ledger.reserve(requestOf(client, { outputTokens: 500 }))
    await db.database.query('update client_budgets set pause_at_limit = true where id = $1', [budget])
    await expect(ledger.reserve(requestOf(client))).rejects.toMatchObject({ code: 'budget_busy' })
    await ledger.settle(recordOf(client, open, 20))
    await expect(ledger.reserve(requestOf(client, { outputTokens: 500 }))).resolves.toMatchObject({ outputTokens: 80, isHard: true })
    await db.database.query('update client_budgets set pause_at_limit = false where id = $1', [budget])
    await expect(ledger.reserve(requestOf(client, { outputTokens: 500 }))).resolves.toMatchObject({ outputTokens: 500, isHard: false })
    expect(await readBudget(db.database, budget)).toEqual({ used: 20, reserved: 580 })
  })

  test('a budget deleted with calls in flight: they are booked, without it, and the client is free', async () => {
    const client = await addClient(db.database)
    const deleted = await addBudget(db.database, client, { limit: 100 })
    const kept = await addBudget(db.database, client, { limit: 1_000, period: 'monthly' })
    const open = await ledger.reserve(requestOf(client, { outputTokens: 100 }))
    await db.database.query('delete from client_budgets where id = $1', [deleted])
    await ledger.settle(recordOf(client, open, 60))
    const row = (await readRows(db.database)).find((entry) => entry.call_id === open.callId)
    expect(row?.charges).toMatchObject([{ budget_id: kept, amount: 60 }])
    await expect(ledger.reserve(requestOf(client, { outputTokens: 900 }))).resolves.toMatchObject({ outputTokens: 900 })
  })

  test('budgets deleted and made again under traffic: no deadlock, no call lost, nothing negative', async () => {
    const before = await readDeadlocks(db.database)
    const client = await addClient(db.database)
    let running = true
    const booked: string[] = []
    const traffic = Array.from({ length: 20 }, async () => {
      while (running) {
        try {
          const admission = await ledger.reserve(requestOf(client, { patienceMs: 2_000 }))
          await ledger.settle(recordOf(client, admission, 1))
          booked.push(admission.callId)
        } catch (error) {
          // On a machine that is busy enough, the database is at times silent for longer than a call waits.
          if (!(error instanceof LedgerUnavailableError)) throw error
        }
      }
    })
    for (let round = 0; round < 40 || booked.length <= 50; round += 1) {
      const budget = await addBudget(db.database, client, { limit: 1_000_000 })
      await db.database.query('update client_budgets set budget_limit = budget_limit - 1 where id = $1', [budget])
      await db.database.query('delete from client_budgets where id = $1', [budget])
    }
    running = false
    await Promise.all(traffic)
    expect(await db.database.query('select 1 from gateway_usage_logs where call_id = any ($1)', [booked])).toHaveLength(booked.length)
    expect((await readDeadlocks(db.database)) - before).toBe(0)
  })

  test('a budget deleted while the call that fires its alert is being booked: both go through, without a deadlock', async () => {
    const before = await readDeadlocks(db.database)
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100 })
    await spend(client, 70)
    const open = await ledger.reserve(requestOf(client, { outputTokens: 20 }))
    const waiting = async (sessions: number) =>
      vi.waitFor(async () =>
        expect(await count(db.database, `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).toBe(sessions),
      )
    const work: Promise<unknown>[] = []
    await db.database.transaction(async (tx) => {
      await tx.query('select 1 from budget_periods where budget_id = $1 for update', [budget])
      work.push(ledger.settle(recordOf(client, open, 20)))
      await waiting(1)
      work.push(db.database.query('delete from client_budgets where id = $1', [budget]))
      await waiting(2)
    })
    await Promise.all(work)
    expect(await count(db.database, `gateway_usage_logs where call_id = '${open.callId}'`)).toBe(1)
    expect((await readDeadlocks(db.database)) - before).toBe(0)
  })

  test('a limit that changes while the period is being made is the one that the period has', async () => {
    for (let round = 0; round < 15; round += 1) {
      const client = await addClient(db.database)
      const budget = await addBudget(db.database, client, { limit: 1_000 })
      await Promise.all([
        db.database.transaction(async (tx) => {
          await tx.query('update client_budgets set budget_limit = 40 where id = $1', [budget])
          await new Promise((resolve) => setTimeout(resolve, round))
        }),
        ledger.reserve(requestOf(client, { outputTokens: 5 })),
      ])
      expect((await readPeriods(db.database, budget)).map((period) => period.limit)).toEqual([40n])
    }
  })
})

describe("a plan's budgets", () => {
  async function addPlanBudget(plan: string, limit: number, type = 'tokens'): Promise<string> {
    const rows = await db.database.query<{ id: string }>(
      `insert into plan_budgets (plan, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, $2, $3, 'daily', true) returning id`,
      [plan, type, limit],
    )
    return rows[0]?.id ?? ''
  }

  async function budgetsOf(client: string): Promise<number[]> {
    const rows = await db.database.query<{ budget_limit: string }>(
      'select budget_limit from client_budgets where client_id = $1 order by budget_limit',
      [client],
    )
    return rows.map((row) => Number(row.budget_limit))
  }

  test('hold for its clients, old and new, each with counters of its own', async () => {
    const old = await addClient(db.database, { plan: 'p1' })
    await addPlanBudget('p1', 100)
    const young = await addClient(db.database, { plan: 'p1' })
    await spend(old, 100)
    await expect(ledger.reserve(requestOf(old))).rejects.toMatchObject({ code: 'budget_exceeded' })
    await expect(ledger.reserve(requestOf(young, { outputTokens: 100 }))).resolves.toMatchObject({ outputTokens: 100, isHard: true })
  })

  test('do not hold for a client that has one of its own', async () => {
    const client = await addClient(db.database, { plan: 'p2' })
    await addPlanBudget('p2', 100)
    const own = await addBudget(db.database, client, { type: 'usd', limit: 5 })
    expect(await budgetsOf(client)).toEqual([5])
    await expect(ledger.reserve(requestOf(client, { outputTokens: 500 }))).resolves.toMatchObject({ outputTokens: 500 })
    await db.database.query('delete from client_budgets where id = $1', [own])
    expect(await budgetsOf(client)).toEqual([100])
    await expect(ledger.reserve(requestOf(client, { outputTokens: 500 }))).resolves.toMatchObject({ outputTokens: 100 })
  })

  test('follow the plan: a new limit, another plan, a plan that is renamed, one that goes', async () => {
    const client = await addClient(db.database, { plan: 'p3' })
    const id = await addPlanBudget('p3', 100)
    await addPlanBudget('p4', 70)
    await addPlanBudget('p4', 80, 'usd')
    await db.database.query('update plan_budgets set budget_limit = 150 where id = $1', [id])
    expect(await budgetsOf(client)).toEqual([150])
    await expect(ledger.reserve(requestOf(client, { outputTokens: 500 }))).resolves.toMatchObject({ outputTokens: 150 })
    await db.database.query(`update clients set plan = 'p4' where id = $1`, [client])
    expect(await budgetsOf(client)).toEqual([70, 80])
    await db.database.query(`update plan_budgets set plan = 'p5' where plan = 'p4' and budget_type = 'usd'`)
    expect(await budgetsOf(client)).toEqual([70])
    await db.database.query(`delete from plan_budgets where plan = 'p4'`)
    expect(await budgetsOf(client)).toEqual([])
  })
})

test("all of it runs as the gateway's own role", async () => {
  const client = await addClient(db.database)
  const budget = await addBudget(db.database, client, { limit: 100 })
  await db.database.transaction(async (tx) => {
    await tx.query('set local role catraca_gateway')
    const request = requestOf(client, { ttlMs: -1_000 })
    const call = {
      call_id: request.callId,
      client_id: client,
      ttl_ms: -1_000,
      output: 10,
      min_output: 1,
      bounds: toBounds(request.bounds),
      estimate: toEstimateRow(request.facts),
    }
    const [first] = await reserveCalls(tx, toJson([call]), 'r1')
    expect(first?.outcome).toBe('admitted')
    await tx.query('select ledger_expire(10)')
    const admittedAt = first?.outcome === 'admitted' ? first.admitted_at : ''
    await settleRecords(tx, toJson([toRow(recordOf(client, { callId: request.callId, admittedAt }, 4))]))
    await tx.query('update client_budgets set budget_limit = 200 where id = $1', [budget])
    expect(await tx.query('select current_usage from client_budgets where id = $1', [budget])).toEqual([{ current_usage: '4' }])
  })
})

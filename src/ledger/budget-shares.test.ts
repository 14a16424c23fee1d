import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, setLedgerTime } from '../../tests/_support/ledger.ts'
import type { Database } from '../database/index.ts'
import { Outage } from '../shared/remembered.ts'
import { BudgetShares } from './budget-shares.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

/** Counts what it is asked, and fails while it is away. */
function watched() {
  const state = { asked: 0, isAway: false }
  const query: Database['query'] = async (...args) => {
    state.asked += 1
    if (state.isAway) throw new Error('away')
    return await db.database.query(...args)
  }
  const clock = { nowMs: () => nowMs }
  let nowMs = 0
  const shares = new BudgetShares({ database: { ...db.database, query }, clock, outage: new Outage() })
  return { state, shares, pass: (ms: number) => (nowMs += ms) }
}

async function use(budgetId: string, used: number): Promise<void> {
  await db.database.query(`select ledger_make_periods(array[$1::uuid], array[ledger_now()])`, [budgetId])
  await db.database.query(
    `update budget_periods set used = $2
     where budget_id = $1 and period_start = (select budget_period_start(b.budget_period, b.time_zone, ledger_now()) from effective_budgets b where b.id = $1)`,
    [budgetId, used],
  )
}

test('the budget that is used up the most, of the current period, whole percents rounded down', async () => {
  const { shares, pass } = watched()
  const clientId = await addClient(db.database)
  expect(await shares.find(clientId)).toBeUndefined()
  const daily = await addBudget(db.database, clientId, { limit: 1_000, hard: false })
  const monthly = await addBudget(db.database, clientId, { type: 'brl', limit: 10, period: 'monthly' })
  await use(daily, 799)
  await use(monthly, 2_000_000_000)
  pass(1_000)
  expect(await shares.find(clientId)).toEqual({ percent: 79, type: 'tokens', period: 'daily' })
  await use(monthly, 8_000_000_000)
  pass(1_000)
  expect(await shares.find(clientId)).toEqual({ percent: 80, type: 'brl', period: 'monthly' })

  // What was used yesterday says nothing of today.
  await setLedgerTime(db.database, '2031-05-05 12:00+00')
  pass(1_000)
  expect(await shares.find(clientId)).toBeUndefined()
  await use(daily, 10)
  pass(1_000)
  expect(await shares.find(clientId)).toEqual({ percent: 1, type: 'tokens', period: 'daily' })
  await setLedgerTime(db.database, undefined)
})

test('is asked for once a second however many calls there are, and as last known while the database is away', async () => {
  const { state, shares, pass } = watched()
  const clientId = await addClient(db.database)
  await use(await addBudget(db.database, clientId, { limit: 100 }), 90)
  const found = await Promise.all(Array.from({ length: 50 }, () => shares.find(clientId)))
  expect(new Set(found.map((share) => share?.percent))).toEqual(new Set([90]))
  pass(999)
  await shares.find(clientId)
  expect(state.asked).toBe(1)
  state.isAway = true
  pass(1)
  expect(await shares.find(clientId)).toMatchObject({ percent: 90 })
  pass(5_000)
  expect(await shares.find(clientId)).toMatchObject({ percent: 90 })
  expect(state.asked).toBe(3)
  expect(await shares.find(await addClient(db.database))).toBeUndefined()
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectBooksInOrder } from '../_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { addBudget, addClient, findUnbalanced, readBudget } from '../_support/ledger.ts'
import { reportFigure, testSeed as seed } from '../_support/report-figure.ts'
import { runReplicas } from './run-replicas.ts'

let db: TestDatabase
const tokensACall = 40

beforeAll(async () => {
  db = await createTestDatabase()
})

afterAll(async () => {
  await expectBooksInOrder(db.database)
  await db.drop()
})

test('R1: 2,000 calls, 200 at once, from 4 processes, on a budget for 100: exactly 100 are admitted, and it is never over', {
  timeout: 120_000,
}, async () => {
  const client = await addClient(db.database)
  const budget = await addBudget(db.database, client, { limit: 100 * tokensACall })
  const { total, polls, badPolls } = await runReplicas(db.database, 4, {
    url: db.url,
    seed,
    calls: 500,
    concurrency: 50,
    clients: [client],
    tokensACall,
    longestMs: 600,
    usage: 'exact',
  })
  reportFigure(
    'R1',
    seed,
    `2,000 calls, 200 at once, 4 processes: ${total.admitted[client]} admitted, ${JSON.stringify(total.refused)}, ${badPolls.length} of ${polls} polls over`,
  )
  expect(total.admitted[client]).toBe(100)
  expect(total.refused).toEqual({ 'budget_exceeded tokens': 1_900 })
  expect(badPolls).toEqual([])
  expect(polls).toBeGreaterThan(5)
  expect(await readBudget(db.database, budget)).toEqual({ used: 100 * tokensACall, reserved: 0 })
  expect(await findUnbalanced(db.database)).toEqual([])
})

test('calls that use less than they hold, and calls that fail, leave what they did not use to others', async () => {
  const client = await addClient(db.database)
  const budget = await addBudget(db.database, client, { limit: 100 * tokensACall })
  const { total, polls, badPolls } = await runReplicas(db.database, 4, {
    url: db.url,
    seed: seed + 10,
    calls: 500,
    concurrency: 50,
    clients: [client],
    tokensACall,
    longestMs: 150,
    usage: 'varied',
  })
  const { used, reserved } = await readBudget(db.database, budget)
  reportFigure(
    'R1',
    seed,
    `varied use: ${total.admitted[client]} admitted, used ${used} of ${100 * tokensACall}, ${badPolls.length} of ${polls} polls over`,
  )
  expect(badPolls).toEqual([])
  expect(reserved).toBe(0)
  expect(used).toBe(total.settled[client])
  // Spent to the last call that fits, and not a token more.
  expect(used).toBeLessThanOrEqual(100 * tokensACall)
  expect(used).toBeGreaterThan(99 * tokensACall)
  expect(total.refused).toEqual({ 'budget_exceeded tokens': 2_000 - (total.admitted[client] ?? 0) })
  expect(await findUnbalanced(db.database)).toEqual([])
})

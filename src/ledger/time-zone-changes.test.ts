import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectBooksInOrder } from '../../tests/_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, findUnbalanced, recordOf, requestOf, setLedgerTime } from '../../tests/_support/ledger.ts'
import { silentLog } from '../shared/log.ts'
import { type Ledger, openLedger } from './index.ts'

let db: TestDatabase
let ledger: Ledger

beforeAll(async () => {
  db = await createTestDatabase()
  ledger = await openLedger({ database: db.database, replica: 'r1', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
})

afterEach(async () => {
  await setLedgerTime(db.database, undefined)
  expect(await findUnbalanced(db.database)).toEqual([])
})

afterAll(async () => {
  await expectBooksInOrder(db.database)
  await ledger.close()
  await db.drop()
})

const reserve = async (client: string, tokens: number) =>
  await ledger.reserve(requestOf(client, { outputTokens: tokens, minOutputTokens: tokens }))

async function spend(client: string, tokens: number): Promise<void> {
  const admission = await reserve(client, tokens)
  await ledger.settle(recordOf(client, admission, tokens))
}

const setZone = async (client: string, zone: string) =>
  await db.database.query('update clients set time_zone = $2 where id = $1', [client, zone])

/** What the guide's SELECT shows of the client's budgets. */
async function readUsage(client: string): Promise<{ budget_period: string; current_usage: string }[]> {
  return await db.database.query(
    'select budget_period, current_usage::text as current_usage from client_budgets where client_id = $1 order by budget_period',
    [client],
  )
}

describe("A client's calendar that is another one", () => {
  test('gives nobody a second budget for the same days', async () => {
    const client = await addClient(db.database)
    await setLedgerTime(db.database, '2026-11-20 12:00Z')
    for (const period of ['daily', 'monthly'] as const) await addBudget(db.database, client, { limit: 1000, period })
    await spend(client, 700)

    await setZone(client, 'UTC')

    expect(await readUsage(client)).toEqual([
      { budget_period: 'daily', current_usage: '700' },
      { budget_period: 'monthly', current_usage: '700' },
    ])
    await expect(reserve(client, 400)).rejects.toMatchObject({ code: 'budget_exceeded' })
    await spend(client, 300)
    await expect(reserve(client, 1)).rejects.toMatchObject({ code: 'budget_exceeded' })
  })

  test('takes the calls in flight along, and a raise', async () => {
    const client = await addClient(db.database)
    await setLedgerTime(db.database, '2026-11-20 12:00Z')
    const budget = await addBudget(db.database, client, { limit: 500, period: 'monthly' })
    await db.database.query("update budgets set raised_limit = 1000, raised_until = '2026-11-25Z' where id = $1", [budget])
    const inFlight = await reserve(client, 600)

    await setZone(client, 'Asia/Tokyo')

    await expect(reserve(client, 500)).rejects.toMatchObject({ code: 'budget_busy' })
    await ledger.settle(recordOf(client, inFlight, 550))
    expect(await readUsage(client)).toEqual([{ budget_period: 'monthly', current_usage: '550' }])
    await spend(client, 450)
    await expect(reserve(client, 1)).rejects.toMatchObject({ code: 'budget_exceeded' })
  })

  test("begins a day with that day's calls only, and leaves a client alone whose calendar stays", async () => {
    const [moved, stays] = [await addClient(db.database), await addClient(db.database)]
    await setLedgerTime(db.database, '2026-11-20 08:00Z')
    const budgets = [await addBudget(db.database, moved, { limit: 1000 }), await addBudget(db.database, stays, { limit: 1000 })]
    await spend(moved, 600)
    await spend(stays, 600)
    await setLedgerTime(db.database, '2026-11-20 20:00Z')

    // In Tokyo it is the next day since 15:00Z.
    await setZone(moved, 'Asia/Tokyo')
    await setZone(stays, 'America/Sao_Paulo')
    await db.database.query("update clients set name = name || '!' where id = any ($1::uuid[])", [[moved, stays]])

    expect(await readUsage(moved)).toEqual([{ budget_period: 'daily', current_usage: '0' }])
    expect(await readUsage(stays)).toEqual([{ budget_period: 'daily', current_usage: '600' }])
    const kept = await db.database.query('select id from client_budgets where id = any ($1::uuid[])', [budgets])
    expect(kept).toEqual([{ id: budgets[1] }])
  })
})

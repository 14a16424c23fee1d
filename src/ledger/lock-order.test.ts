import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { expectBooksInOrder } from '../../tests/_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, facts, findUnbalanced, readBudget, readDeadlocks, recordOf, requestOf } from '../../tests/_support/ledger.ts'
import { untilBlocked } from '../../tests/_support/until-blocked.ts'
import { newId } from '../shared/id.ts'
import { silentLog } from '../shared/log.ts'
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

afterEach(async () => {
  expect(await readDeadlocks(db.database)).toBe(0)
  expect(await findUnbalanced(db.database)).toEqual([])
})

afterAll(async () => {
  await expectBooksInOrder(db.database)
  await ledger.close()
  await db.drop()
})

/** As a call that settles. */
const lockPeriods = 'select 1 from budget_periods where budget_id = $1 for no key update'

test('late truth that waits while a budget is replaced lets go of the periods that it has, and moves the successor too', async () => {
  const client = await addClient(db.database)
  await addBudget(db.database, client, { limit: 1_000 })
  await addBudget(db.database, client, { limit: 1_000, period: 'weekly' })
  const orphan = await ledger.reserve(requestOf(client, { outputTokens: 30, ttlMs: -1_000 }))
  await expireHolds(db.database, 10)
  const budgets = await db.database.query<{ id: string }>('select id from budgets where client_id = $1 order by id', [client])
  const [first, second] = budgets.map(({ id }) => id) as [string, string]

  const work: Promise<unknown>[] = []
  let successor = ''
  await db.database.transaction(async (holder) => {
    await holder.query(lockPeriods, [second])
    await db.database.transaction(async (changer) => {
      await changer.query(`update client_budgets set budget_period = 'monthly' where id = $1`, [first])
      work.push(ledger.settle(recordOf(client, orphan, 4)))
      await untilBlocked(db.database, 'select ledger_settle', { by: changer })
    })
    // It has the first budget's period now.
    await untilBlocked(db.database, 'select ledger_settle', { by: holder })
    const made = await db.database.query<{ id: string }>(`select id from client_budgets where client_id = $1 and id <> $2`, [
      client,
      second,
    ])
    successor = made[0]?.id ?? ''
    // As a call does that is in flight since before the change, where the successor's id comes first.
    work.push(
      db.database.transaction(async (other) => {
        await other.query(lockPeriods, [successor])
        await other.query(lockPeriods, [first])
      }),
    )
    await untilBlocked(db.database, lockPeriods)
  })
  await Promise.all(work)
  for (const budget of [first, second, successor]) expect(await readBudget(db.database, budget)).toEqual({ used: 4, reserved: 0 })
})

test('what was served while the database was away does not wait for a change that waits for its batch', async () => {
  const client = await addClient(db.database)
  const budget = await addBudget(db.database, client, { limit: 1_000 })
  const open = () => ledger.reserve(requestOf(client))
  const [first, ...inFlight] = [await open(), await open(), await open()] as const
  const [early, late] = inFlight.sort((a, b) => (a.callId < b.callId ? -1 : 1)) as [typeof first, typeof first]
  const unadmitted = recordOf(client, { callId: newId(), admittedAt: first.admittedAt }, 4, { unadmitted: true })

  const work: Promise<unknown>[] = []
  await db.database.transaction(async (holder) => {
    await holder.query('select 1 from call_admissions where call_id = $1 for update', [late.callId])
    // The others are one batch, because they come while the first is being booked.
    work.push(...[first, early, late].map((admission) => ledger.settle(recordOf(client, admission, 1))), ledger.settle(unadmitted))
    await untilBlocked(db.database, 'select ledger_settle')
    work.push(db.database.query(`update client_budgets set budget_period = 'weekly' where id = $1`, [budget]))
    await untilBlocked(db.database, 'update client_budgets')
  })
  await Promise.all(work)
  const [successor] = await db.database.query('select current_usage from client_budgets where client_id = $1', [client])
  expect(successor).toEqual({ current_usage: '7' })
})

test('a client that gets another plan and another time zone at once takes its locks in the order of a call that settles', async () => {
  await db.database.query(
    `insert into plan_budgets (plan, budget_type, budget_limit, budget_period, pause_at_limit)
     values ('here', 'tokens', 100, 'daily', true), ('there', 'tokens', 100, 'daily', true)`,
  )
  const client = await addClient(db.database, { plan: 'here', timeZone: 'UTC' })
  const admission = await ledger.reserve(requestOf(client))
  const [budget] = await db.database.query<{ id: string }>('select id from budgets where client_id = $1', [client])

  const work: Promise<unknown>[] = []
  await db.database.transaction(async (holder) => {
    await holder.query(lockPeriods, [budget?.id])
    work.push(db.database.query(`update clients set plan = 'there', time_zone = 'Pacific/Kiritimati' where id = $1`, [client]))
    await untilBlocked(db.database, 'update clients')
    work.push(ledger.settle(recordOf(client, admission, 3)))
    await untilBlocked(db.database, 'select ledger_settle')
  })
  await Promise.all(work)
})

test('a call whose periods have to be made holds up no change of two budgets, whatever order that takes them in', async () => {
  const client = await addClient(db.database)
  await addBudget(db.database, client, { limit: 1_000 })
  await addBudget(db.database, client, { limit: 1_000, period: 'weekly' })
  const budgets = await db.database.query<{ id: string }>('select id from budgets where client_id = $1 order by id desc', [client])
  const work: Promise<unknown>[] = []
  await db.database.transaction(async (changer) => {
    for (const { id } of budgets) {
      await changer.query('update client_budgets set budget_limit = 5 where id = $1', [id])
      if (work.length > 0) continue
      work.push(ledger.reserve(requestOf(client, { outputTokens: 8 })))
      const running = `select 1 from pg_stat_activity where datname = current_database() and state = 'active' and query like 'select ledger_reserve%'`
      await expect.poll(async () => (await db.database.query(running)).length, { timeout: 20_000 }).toBe(1)
    }
  })
  const [admission] = await Promise.all(work)
  expect(admission).toMatchObject({ outputTokens: 5 })
})

test('late truth beside a new row waits for who counts both of their rollups before it counts the first', async () => {
  const client = await addClient(db.database)
  const orphan = await ledger.reserve(requestOf(client, { ttlMs: -1_000 }))
  await expireHolds(db.database, 10)
  const open = async (modelName: string) => {
    const admission = await ledger.reserve(requestOf(client, { facts: { ...facts, modelName } }))
    return toRow(recordOf(client, admission, 1, { modelName }))
  }
  // Three rollups, and the orphan's is the first.
  const rows = [await open(facts.modelName), await open('m'), await open('z')]
  const late = toRow(recordOf(client, orphan, 4))
  await settleRecords(db.database, toJson([await open('m')]))

  const work: Promise<unknown>[] = []
  await db.database.transaction(async (holder) => {
    await holder.query(`select 1 from usage_rollups where client_id = $1 and model_name = 'm' for update`, [client])
    work.push(settleRecords(db.database, toJson(rows)))
    await untilBlocked(db.database, 'select ledger_settle')
    work.push(settleRecords(db.database, toJson([late, await open('z')])))
    await untilBlocked(db.database, 'select ledger_settle', { count: 2 })
  })
  await Promise.all(work)
})

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { expectBooksInOrder } from '../../tests/_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, readBudget, readRows, recordOf, requestOf } from '../../tests/_support/ledger.ts'
import { silentLog } from '../shared/log.ts'
import { type Ledger, openLedger } from './index.ts'

let db: TestDatabase
let ledger: Ledger
let client: string

beforeAll(async () => {
  db = await createTestDatabase()
  ledger = await openLedger({ database: db.database, replica: 'r', log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 })
})
afterAll(async () => {
  await ledger.close()
  await db.drop()
})
beforeEach(async () => {
  client = await addClient(db.database)
})

const bounds = { tokens: { fixed: 10n, perMillionOutput: 1_000_000n }, usd: undefined, brl: undefined }

async function admit(outputTokens: number) {
  const request = { ...requestOf(client), bounds, outputTokens, minOutputTokens: 16 }
  const admission = await ledger.reserve(request)
  return { request, admission }
}

test('as much again is held in each budget, and freed with the call', async () => {
  const hard = await addBudget(db.database, client, { type: 'tokens', limit: '1000', hard: true })
  const { request, admission } = await admit(100)
  expect(await ledger.reserveMore(request)).toBe(100)
  expect(await readBudget(db.database, hard)).toEqual({ used: 0, reserved: 220 })
  await ledger.settle(recordOf(client, admission, 210))
  expect(await readBudget(db.database, hard)).toEqual({ used: 210, reserved: 0 })
  expect((await readRows(db.database)).find((row) => row.call_id === request.callId)?.flags).toEqual([])
  await expectBooksInOrder(db.database)
})

test('the output shrinks to what the hard budget has left, and below what is of use nothing is held', async () => {
  const hard = await addBudget(db.database, client, { type: 'tokens', limit: '150', hard: true })
  const { request } = await admit(80)
  expect(await ledger.reserveMore(request)).toBe(50)
  expect(await readBudget(db.database, hard)).toEqual({ used: 0, reserved: 150 })
  expect(await ledger.reserveMore(request)).toBeUndefined()
  expect(await readBudget(db.database, hard)).toEqual({ used: 0, reserved: 150 })
  await ledger.release(request.callId)
  expect(await readBudget(db.database, hard)).toEqual({ used: 0, reserved: 0 })
})

test('a paused budget covers nothing more, a soft one everything', async () => {
  const soft = await addBudget(db.database, client, { type: 'tokens', limit: '100', hard: false })
  const { request } = await admit(80)
  expect(await ledger.reserveMore(request)).toBe(80)
  expect(await readBudget(db.database, soft)).toEqual({ used: 0, reserved: 180 })
  await db.database.query('update client_budgets set is_paused = true where id = $1', [soft])
  expect(await ledger.reserveMore(request)).toBeUndefined()
  await ledger.release(request.callId)
})

test('a call that is not in flight has nothing to hold for', async () => {
  await addBudget(db.database, client, { type: 'tokens', limit: '1000', hard: true })
  expect(await ledger.reserveMore({ ...requestOf(client), bounds, outputTokens: 80, minOutputTokens: 16 })).toBeUndefined()
})

test('an orphan is charged both attempts', async () => {
  const hard = await addBudget(db.database, client, { type: 'tokens', limit: '1000', hard: true })
  const { request } = await admit(100)
  expect(await ledger.reserveMore(request)).toBe(100)
  await db.database.query("update call_admissions set expires_at = now() - interval '1 second' where call_id = $1", [request.callId])
  await db.database.query('select ledger_expire(10)')
  expect(await readBudget(db.database, hard)).toEqual({ used: 220, reserved: 0 })
  expect((await readRows(db.database)).find((row) => row.call_id === request.callId)).toMatchObject({
    status: 'orphaned',
    total_tokens: 220n,
  })
  await expectBooksInOrder(db.database)
})

import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import {
  addBudget,
  addClient,
  count,
  findUnbalanced,
  type MemoryLog,
  memoryLog,
  readBudget,
  recordOf,
  requestOf,
} from '../../tests/_support/ledger.ts'
import type { Database } from '../database/index.ts'
import { type Ledger, openLedger } from './index.ts'
import { Spool } from './spool.ts'
import { toJson, toRow } from './to-row.ts'

let db: TestDatabase
let dir: string
let log: MemoryLog

beforeAll(async () => {
  db = await createTestDatabase()
})

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'catraca-settle-'))
  log = memoryLog()
})

afterEach(async () => {
  expect(await findUnbalanced(db.database)).toEqual([])
  await rm(dir, { recursive: true, force: true })
})

afterAll(async () => {
  await db.drop()
})

interface Breakable extends Database {
  /** Nobody is there. */
  away: boolean
  /** It does as it is told, and the reply is lost. */
  losesReplies: boolean
  /** It takes the statement and says nothing. */
  silent: boolean
  statements: number
}

/** A database with the faults that a network has. */
function breakable(database: Database): Breakable {
  const guarded: Breakable = {
    ...database,
    away: false,
    losesReplies: false,
    silent: false,
    statements: 0,
    async query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]> {
      guarded.statements += 1
      if (guarded.away) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      if (guarded.silent) return await new Promise<never>(() => {})
      const rows = await database.query<R>(sql, params)
      if (guarded.losesReplies) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
      return rows
    },
  }
  return guarded
}

async function open(database: Database, spoolDir: string | undefined = dir): Promise<Ledger> {
  return await openLedger({ database, replica: 'r1', log, spoolDir, expireEveryMs: 3_600_000 })
}

async function booked(ledger: Ledger): Promise<void> {
  await vi.waitFor(() => expect(ledger.depth).toBe(0), { timeout: 15_000, interval: 5 })
}

async function budgetOf(limit: number): Promise<{ client: string; budget: string }> {
  const client = await addClient(db.database)
  return { client, budget: await addBudget(db.database, client, { limit }) }
}

test('records come into the database in batches, in the background, and their files go', async () => {
  const { client, budget } = await budgetOf(10_000)
  const database = breakable(db.database)
  const ledger = await open(database)
  const admissions = await Promise.all(Array.from({ length: 300 }, () => ledger.reserve(requestOf(client))))
  database.statements = 0
  await Promise.all(admissions.map((admission) => ledger.settle(recordOf(client, admission, 3))))
  await booked(ledger)
  expect(database.statements).toBeLessThan(20)
  expect(await readBudget(db.database, budget)).toEqual({ used: 900, reserved: 0 })
  await ledger.close()
  expect(await readdir(dir)).toEqual([])
})

test('while the database is away records are safe and wait; when it is back they are booked without a restart', async () => {
  const { client, budget } = await budgetOf(10_000)
  const database = breakable(db.database)
  const ledger = await open(database)
  const admissions = await Promise.all(Array.from({ length: 20 }, () => ledger.reserve(requestOf(client))))
  database.away = true
  for (const admission of admissions) await ledger.settle(recordOf(client, admission, 3))
  expect(ledger.depth).toBe(20)
  await vi.waitFor(() => expect(log.lines.filter((line) => line.includes('wait in the spool'))).toHaveLength(1))
  database.away = false
  await booked(ledger)
  expect(await readBudget(db.database, budget)).toEqual({ used: 60, reserved: 0 })
  await ledger.close()
})

test('what a process could not book any more is booked by the next one', async () => {
  const { client, budget } = await budgetOf(10_000)
  const database = breakable(db.database)
  const first = await open(database)
  const admissions = await Promise.all(Array.from({ length: 20 }, () => first.reserve(requestOf(client))))
  database.away = true
  await Promise.all(admissions.map((admission) => first.settle(recordOf(client, admission, 3))))
  await first.close()
  expect(log.lines.at(-1)).toContain('20 records stay in the spool')
  const [file = ''] = await readdir(dir)
  // As if it had been another process: the owner of this file is gone.
  await rename(join(dir, file), join(dir, file.replace(/^[\d.]+/, '999999999.1')))
  database.away = false
  const second = await open(database)
  await booked(second)
  expect(log.lines).toContain('[Ledger] booking 20 records that an earlier process left in the spool')
  expect(await readBudget(db.database, budget)).toEqual({ used: 60, reserved: 0 })
  await second.close()
  expect(await readdir(dir)).toEqual([])
})

test('a disk that takes nothing: the record goes to the database itself, and only then is it settled', async () => {
  const { client, budget } = await budgetOf(10_000)
  const ledger = await open(db.database)
  const admission = await ledger.reserve(requestOf(client))
  // No file can be made in what is not a directory any more.
  await rm(dir, { recursive: true })
  await writeFile(dir, '')
  await ledger.settle(recordOf(client, admission, 3))
  expect(await readBudget(db.database, budget)).toEqual({ used: 3, reserved: 0 })
  expect(log.lines.some((line) => line.includes('spool cannot be written'))).toBe(true)
  await ledger.close()
})

test('neither disk nor database: the caller is told that the record is not safe', async () => {
  const client = await addClient(db.database)
  const database = breakable(db.database)
  const ledger = await open(database)
  const admission = await ledger.reserve(requestOf(client))
  await rm(dir, { recursive: true })
  await writeFile(dir, '')
  database.away = true
  await expect(ledger.settle(recordOf(client, admission, 3))).rejects.toThrow()
  await ledger.close()
})

test('without a disk settling waits for the database, and an outage is told to the caller', async () => {
  const { client, budget } = await budgetOf(10_000)
  const database = breakable(db.database)
  const ledger = await openLedger({ database, replica: 'r1', log, spoolDir: undefined, expireEveryMs: 3_600_000 })
  const admissions = await Promise.all(Array.from({ length: 30 }, () => ledger.reserve(requestOf(client))))
  await Promise.all(admissions.slice(0, 29).map((admission) => ledger.settle(recordOf(client, admission, 3))))
  expect(await readBudget(db.database, budget)).toEqual({ used: 87, reserved: 10 })
  const last = admissions[29] ?? expect.unreachable()
  database.away = true
  await expect(ledger.settle(recordOf(client, last, 3))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  database.away = false
  await ledger.settle(recordOf(client, last, 3))
  expect(await readBudget(db.database, budget)).toEqual({ used: 90, reserved: 0 })
  await ledger.close()
})

test.each([false, true])(
  'where the server says "once more", a record that goes to it at once goes again (with a disk: %s)',
  async (hasDisk) => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100 })
    // The number that a sequence gave out stays given out, also where the transaction ends as this one does.
    await db.database.query('create sequence settle_tries')
    await db.database.query(`create function break_first_try() returns trigger language plpgsql as $$
    begin
      if nextval('settle_tries') = 1 then raise exception 'deadlock detected' using errcode = '40P01'; end if;
      return null;
    end $$`)
    await db.database.query(
      'create trigger break_first_try after insert on gateway_usage_logs for each statement execute function break_first_try()',
    )
    const ledger = await openLedger({
      database: db.database,
      replica: 'r1',
      log,
      spoolDir: hasDisk ? dir : undefined,
      expireEveryMs: 3_600_000,
    })
    try {
      const admission = await ledger.reserve(requestOf(client))
      if (hasDisk) {
        await rm(dir, { recursive: true })
        await writeFile(dir, '')
      }
      await ledger.settle(recordOf(client, admission, 6))
      expect(await readBudget(db.database, budget)).toEqual({ used: 6, reserved: 0 })
    } finally {
      await ledger.close()
      await db.database.query('drop function break_first_try() cascade')
      await db.database.query('drop sequence settle_tries')
    }
  },
)

test('a damaged record from an earlier process is kept as it is, the others are booked', async () => {
  const { client, budget } = await budgetOf(10_000)
  const ledger = await open(db.database, undefined)
  const admissions = await Promise.all(Array.from({ length: 5 }, () => ledger.reserve(requestOf(client))))
  await ledger.close()
  const before = await count(db.database, 'usage_dead_letters')
  const spool = await Spool.open(dir, 'dead')
  for (const [index, admission] of admissions.entries()) {
    const json = toJson(toRow(recordOf(client, admission, 3)))
    await spool.append(index === 2 ? json.slice(0, -20) : json)
  }
  await spool.close()
  const [file = ''] = await readdir(dir)
  await rename(join(dir, file), join(dir, file.replace(/^[\d.]+/, '999999999.1')))
  const next = await open(db.database)
  await booked(next)
  expect(await readBudget(db.database, budget)).toEqual({ used: 12, reserved: 10 })
  expect(await count(db.database, 'usage_dead_letters')).toBe(before + 1)
  await next.close()
})

test('a reply that is lost after the records were booked: they are booked once (R8)', async () => {
  const { client, budget } = await budgetOf(10_000)
  const database = breakable(db.database)
  const ledger = await open(database)
  const admissions = await Promise.all(Array.from({ length: 40 }, () => ledger.reserve(requestOf(client))))
  database.losesReplies = true
  await Promise.all(admissions.map((admission) => ledger.settle(recordOf(client, admission, 3))))
  await vi.waitFor(async () => expect(await readBudget(db.database, budget)).toEqual({ used: 120, reserved: 0 }))
  expect(ledger.depth).toBe(40)
  database.losesReplies = false
  await booked(ledger)
  expect(await readBudget(db.database, budget)).toEqual({ used: 120, reserved: 0 })
  expect(await count(db.database, `gateway_usage_logs where client_id = '${client}'`)).toBe(40)
  await ledger.close()
})

test('a database that falls silent is tried again', async () => {
  const { client, budget } = await budgetOf(10_000)
  const database = breakable(db.database)
  const ledger = await open(database)
  const admission = await ledger.reserve(requestOf(client))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  try {
    database.silent = true
    database.statements = 0
    await ledger.settle(recordOf(client, admission, 3))
    await vi.waitFor(() => expect(database.statements).toBe(1))
    database.silent = false
    await vi.advanceTimersByTimeAsync(11_000)
  } finally {
    vi.useRealTimers()
  }
  await booked(ledger)
  expect(await readBudget(db.database, budget)).toEqual({ used: 3, reserved: 0 })
  expect(await count(db.database, `usage_dead_letters where call_id = '${admission.callId}'`)).toBe(0)
  await ledger.close()
})

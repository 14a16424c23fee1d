import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectBooksInOrder } from '../../tests/_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, findUnbalanced, recordOf, requestOf, setLedgerTime } from '../../tests/_support/ledger.ts'
import { openLedger } from '../ledger/index.ts'
import { newId } from '../shared/id.ts'
import { silentLog } from '../shared/log.ts'
import { dropArchivedMonth, keepPartitions, listArchive, summarizeUsage } from './index.ts'
import { ensurePartitions } from './sql/ensure-partitions.ts'

let db: TestDatabase
beforeEach(async () => {
  db = await createTestDatabase()
})
afterEach(() => db.drop())

const keepAll = { retentionMonths: undefined }
const keepTwo = { retentionMonths: 2 }

async function months(): Promise<string[]> {
  const rows = await db.database.query<{ name: string }>(
    "select relid::text as name from pg_partition_tree('gateway_usage_logs') where isleaf and relid::text ~ '\\d{6}$' order by 1",
  )
  return rows.map((row) => row.name)
}

/** Books a call of 10 tokens that was admitted at that time. */
async function book(clientId: string, at: string, more: object = {}): Promise<string> {
  const record = {
    call_id: newId(),
    client_id: clientId,
    created_at: at,
    unadmitted: true,
    source: 'test',
    api_type: 'chat',
    provider: 'openai',
    model_name: 'm',
    input_tokens: 0,
    output_tokens: 10,
    cached_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    total_tokens: 10,
    was_cached: false,
    was_fallback: false,
    attempts: [],
    flags: [],
    status: 'error',
    ...more,
  }
  await db.database.query('select ledger_settle($1::jsonb)', [JSON.stringify([record])])
  return record.call_id
}

async function rowsIn(table: string): Promise<number> {
  const [row] = await db.database.query<{ rows: number }>(`select count(*)::int as rows from ${table}`)
  return row?.rows ?? 0
}

async function callsByRollup(clientId: string): Promise<bigint | undefined> {
  const [sum] = await summarizeUsage(db.database, { clientId, from: new Date('2000-01-01'), to: new Date('2100-01-01'), by: 'all' })
  return sum?.calls
}

describe('months', () => {
  test('are made ahead, also at the same time by two, and by the gateway’s own role', async () => {
    const made = await months()
    expect(made).toHaveLength(3)
    await db.database.query(`drop table ${made.at(-1)}, ${made.at(-2)}`)
    const asGateway = () =>
      db.database.transaction(async (tx) => {
        await tx.query('set local role catraca_gateway')
        await ensurePartitions(tx)
      })
    await Promise.all([asGateway(), asGateway()])
    expect(await months()).toEqual(made)
    const [open] = await db.database.query(
      "select 1 from pg_class where relkind = 'r' and relname ~ '^gateway_usage_logs_' and not relrowsecurity",
    )
    expect(open).toBeUndefined()
  })

  test('take their rows out of the default partition, and count none of them twice', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { hard: false })
    for (const at of ['2025-03-01T00:00:00Z', '2025-03-31T23:59:59.999Z', '2025-04-01T00:00:00Z']) await book(client, at)
    expect(await rowsIn('gateway_usage_logs_default')).toBe(3)
    await keepPartitions(db.database, keepAll)
    expect(await rowsIn('gateway_usage_logs_default')).toBe(0)
    expect([await rowsIn('gateway_usage_logs_202503'), await rowsIn('gateway_usage_logs_202504')]).toEqual([2, 1])
    // Rows that come now go to the month at once.
    await book(client, '2025-03-02T00:00:00Z')
    expect([await rowsIn('gateway_usage_logs_202503'), await rowsIn('gateway_usage_logs_default')]).toEqual([3, 0])
    expect(await callsByRollup(client)).toBe(4n)
    await expectBooksInOrder(db.database)
    expect(await findUnbalanced(db.database)).toEqual([])
  })

  test('are moved while calls are booked into the default partition', async () => {
    const client = await addClient(db.database)
    let isOver = false
    const failures: unknown[] = []
    let booked = 0
    const booking = Array.from({ length: 4 }, async (_, worker) => {
      while (!isOver) {
        booked += 1
        await book(client, `2025-0${1 + (booked % 9)}-0${1 + worker}T12:00:00Z`).catch((error) => failures.push(error))
      }
    })
    while (booked < 40) await delay(5)
    await keepPartitions(db.database, keepAll)
    const then = booked
    while (booked < then + 20) await delay(5)
    isOver = true
    await Promise.all(booking)
    await keepPartitions(db.database, keepAll)
    expect(failures).toEqual([])
    expect([await rowsIn('gateway_usage_logs'), await rowsIn('gateway_usage_logs_default')]).toEqual([booked, 0])
    await expectBooksInOrder(db.database)
  })
})

describe('retention', () => {
  test('puts whole months away, and keeps sums, counters and what is still open', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { hard: false, period: 'monthly', limit: 1_000_000 })
    const late = await book(client, '2025-03-10T12:00:00Z', { status: 'orphaned', total_tokens: 50, output_tokens: 50 })
    await book(client, '2025-03-10T12:00:00Z', { call_id: late })
    for (const at of ['2025-03-31T23:59:59Z', '2025-04-15T12:00:00Z', '2025-05-15T12:00:00Z', '2025-06-15T12:00:00Z'])
      await book(client, at)
    await keepPartitions(db.database, keepAll)
    await setLedgerTime(db.database, '2025-06-01T00:30:00Z')
    await expect(keepPartitions(db.database, { retentionMonths: 1 })).rejects.toThrow('at least two months')
    expect(await keepPartitions(db.database, keepTwo)).toEqual(['2025-03'])
    expect(await keepPartitions(db.database, keepTwo)).toEqual([])
    expect([await rowsIn('catraca_archive.gateway_usage_logs_202503'), await rowsIn('gateway_usage_logs')]).toEqual([2, 3])
    expect(await callsByRollup(client)).toBe(5n)
    const [period] = await db.database.query<{ used: bigint }>(
      "select used from budget_periods where budget_id = $1 and period_start < '2025-03-15'",
      [budget],
    )
    expect(period?.used).toBe(20n)
    // March's period reaches into the first hours of April in UTC; April's begins after March has ended there.
    expect(await expectBooksInOrder(db.database)).toMatchObject({ archived_periods: 1, periods: 4, rows: 3, adjustments: 1 })
    await expect(
      db.database.transaction(async (tx) => {
        await tx.query('set local role catraca_gateway')
        await tx.query('select * from catraca_archive.gateway_usage_logs_202503')
      }),
    ).rejects.toThrow('permission denied')
  })

  test('leaves a month alone that an open period counts', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { hard: false })
    await book(client, '2025-03-10T12:00:00Z')
    await keepPartitions(db.database, keepAll)
    await db.database.query("update budget_periods set period_end = '2100-01-01' where budget_id = $1", [budget])
    expect(await keepPartitions(db.database, keepTwo)).toEqual([])
    expect(await months()).toContain('gateway_usage_logs_202503')
  })

  test('takes rows of an archived month that come later to the others, and drops them only when told', async () => {
    const client = await addClient(db.database)
    await book(client, '2025-03-10T12:00:00Z')
    await keepPartitions(db.database, keepAll)
    expect(await keepPartitions(db.database, keepTwo)).toEqual(['2025-03'])
    await book(client, '2025-03-11T12:00:00Z')
    expect(await rowsIn('gateway_usage_logs_default')).toBe(1)
    await keepPartitions(db.database, keepTwo)
    expect([await rowsIn('gateway_usage_logs_default'), await rowsIn('catraca_archive.gateway_usage_logs_202503')]).toEqual([0, 2])
    expect(await listArchive(db.database)).toMatchObject([{ month: '2025-03', dropped_at: null, bytes: expect.any(BigInt) }])
    await expect(dropArchivedMonth(db.database, '2025-04')).rejects.toThrow('2025-04 is not in the archive')
    await dropArchivedMonth(db.database, '2025-03')
    expect(await listArchive(db.database)).toMatchObject([{ month: '2025-03', dropped_at: expect.any(Date), bytes: null }])
    expect(await callsByRollup(client)).toBe(2n)
    expect(await expectBooksInOrder(db.database)).toMatchObject({ rows: 0 })
  })

  test('goes on beside calls: none is refused and none is lost', async () => {
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 1_000_000 })
    for (let month = 1; month <= 6; month += 1) await book(client, `2025-0${month}-10T12:00:00Z`)
    await keepPartitions(db.database, keepAll)
    const ledger = await openLedger({ database: db.database, replica: 'r1', log: silentLog, spoolDir: undefined, expireEveryMs: 60_000 })
    let isOver = false
    let calls = 0
    let longestMs = 0
    const traffic = Array.from({ length: 10 }, async () => {
      while (!isOver) {
        const began = performance.now()
        const admission = await ledger.reserve(requestOf(client))
        await ledger.settle(recordOf(client, admission, 7))
        longestMs = Math.max(longestMs, performance.now() - began)
        calls += 1
      }
    })
    while (calls < 50) await delay(5)
    const archived = await Promise.all([keepPartitions(db.database, keepTwo), keepPartitions(db.database, keepTwo)])
    const then = calls
    while (calls < then + 50) await delay(5)
    isOver = true
    await Promise.all(traffic)
    await ledger.close()
    console.log(`retention beside ${calls} calls: the longest took ${longestMs.toFixed(0)} ms`)
    expect(archived.flat().sort()).toEqual(['2025-01', '2025-02', '2025-03', '2025-04', '2025-05', '2025-06'])
    expect(await rowsIn('gateway_usage_logs')).toBe(calls)
    expect(await callsByRollup(client)).toBe(BigInt(calls + 6))
    await expectBooksInOrder(db.database)
    const [current] = await db.database.query<{ used: bigint }>(
      'select used from budget_periods where budget_id = $1 order by period_start desc limit 1',
      [budget],
    )
    expect(current?.used).toBe(BigInt(calls * 7))
  })

  test('gives up on a table that is being read, rather than have calls wait, and comes again', async () => {
    const client = await addClient(db.database)
    await book(client, '2025-03-10T12:00:00Z')
    await keepPartitions(db.database, keepAll)
    let hasRead: () => void = () => {}
    const read = new Promise<void>((resolve) => {
      hasRead = resolve
    })
    const reading = db.database.transaction(async (tx) => {
      await tx.query('select count(*) from gateway_usage_logs')
      hasRead()
      await delay(1_300)
    })
    await read
    // The first try runs into the reader; a later one does not.
    expect(await keepPartitions(db.database, keepTwo)).toEqual(['2025-03'])
    await reading
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryLog, recordOf, requestOf } from '../../tests/_support/ledger.ts'
import { reportFigure } from '../../tests/_support/report-figure.ts'
import { systemClock } from '../shared/clock.ts'
import { newId } from '../shared/id.ts'
import { localDisk } from './disk.ts'
import { openLedgerIn } from './ledger.ts'
import type { LedgerStore } from './ledger-store.ts'
import { toJson, toRow } from './to-row.ts'

let dir: string
const budget = {
  id: newId(),
  type: 'tokens' as const,
  period: 'daily' as const,
  limit: 10,
  used: 0,
  reserved: 10,
  resets_at: '2027-01-01T00:00:00Z',
  raised_until: null,
  time_zone: 'UTC',
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'catraca-lost-'))
  vi.useFakeTimers({ shouldAdvanceTime: true })
})

afterEach(async () => {
  vi.useRealTimers()
  await rm(dir, { recursive: true, force: true })
})

/** A database that answers as each test has it. The simulator found what is tested here; PostgreSQL has no part in it. */
function storeWith(answers: Partial<LedgerStore>): LedgerStore {
  const none = () => Promise.reject(new Error('not asked for here'))
  const counts = () => Promise.resolve({ inserted: 1, adjusted: 0, alerts: 0 })
  const others = { settle: counts, expire: () => Promise.resolve(0), keepDeadLetter: none, alertRefusal: none }
  return { reserve: none, reserveMore: none, ...others, ...answers }
}

async function open(store: LedgerStore, disk = localDisk) {
  return await openLedgerIn(
    { store, clock: systemClock, disk },
    { replica: 'r1', log: memoryLog(), spoolDir: dir, expireEveryMs: 3_600_000 },
  )
}

test('what frees the hold of a call that went on never overtakes the record of that call', async () => {
  const settled: string[] = []
  let answers = false
  const store = storeWith({
    reserve: () => Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })),
    settle: async (records) => {
      if (!answers) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      settled.push(records)
      return { inserted: 1, adjusted: 0, alerts: 0 }
    },
  })
  let isFull = false
  const create: typeof localDisk.create = async (path) => {
    const file = await localDisk.create(path)
    return { ...file, write: (...args) => (isFull ? Promise.reject(new Error('ENOSPC')) : file.write(...args)) }
  }
  const ledger = await open(store, { ...localDisk, create })
  const client = newId()
  const request = requestOf(client)
  await expect(ledger.reserve(request)).rejects.toMatchObject({ code: 'ledger_unavailable' })
  const record = recordOf(client, { callId: request.callId, admittedAt: new Date().toISOString() }, 3, { unadmitted: true })
  await ledger.goOn({ ...record, status: 'orphaned' })
  await ledger.settle(record)
  isFull = true
  answers = true
  await vi.advanceTimersByTimeAsync(3_100)
  // Whatever was on its way to the disk before this is there, or has failed to be.
  await ledger.settle(recordOf(client, { callId: newId(), admittedAt: new Date().toISOString() }, 3))
  await vi.waitFor(() => expect(ledger.depth).toBe(0))
  expect(settled.join()).toContain('"status":"ok"')
  expect(settled.join()).not.toContain('"void":true')
  await ledger.close()
})

describe('a flood of calls that are refused in an outage', () => {
  const calls = 2_000

  /** Bytes of the spool once every hold that might have to be freed is. */
  async function spoolAfterFlood(error: Error): Promise<number> {
    const away = () => Promise.reject(error)
    const ledger = await open(storeWith({ reserve: away, settle: away }))
    const client = newId()
    const flood = Promise.allSettled(Array.from({ length: calls }, () => ledger.reserve(requestOf(client))))
    await vi.advanceTimersByTimeAsync(2_000)
    for (const call of await flood) expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ledger_unavailable' } })
    await vi.advanceTimersByTimeAsync(3_100)
    // What was on its way to the disk before this record is there when it is.
    const before = recordOf(client, { callId: newId(), admittedAt: new Date().toISOString() }, 3)
    await ledger.settle(before)
    const bytes = ledger.spoolBytes - toJson(toRow(before)).length - 8
    const closed = ledger.close()
    await vi.advanceTimersByTimeAsync(3_100)
    await closed
    return bytes
  }

  test('leaves nothing in the spool where no statement was sent', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })
    expect(await spoolAfterFlood(refused)).toBe(0)
  })

  test('leaves some bytes a call where a statement may have been done', async () => {
    const bytes = await spoolAfterFlood(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }))
    reportFigure('R7', undefined, `${calls} calls refused on broken connections: ${bytes / calls} bytes of the spool each`)
    expect(bytes).toBeLessThanOrEqual(calls * 80)
    expect(bytes).toBeGreaterThan(0)
  })
})

describe('closing frees no hold before the statement that may still make it is sure to be over', () => {
  const connectionLost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })

  /** Milliseconds from the beginning of the close to the freeing of the one call. */
  async function closeAfter(reserve: LedgerStore['reserve']) {
    const freed: { callId: string; afterMs: number }[] = []
    let closingAtMs = 0
    const settle = async (records: string) => {
      for (const { call_id: callId } of JSON.parse(records)) freed.push({ callId, afterMs: Date.now() - closingAtMs })
      return { inserted: 0, adjusted: 0, alerts: 0 }
    }
    const world = { store: storeWith({ reserve, settle }), clock: systemClock, disk: localDisk }
    const ledger = await openLedgerIn(world, { replica: 'r1', log: memoryLog(), spoolDir: undefined, expireEveryMs: 3_600_000 })
    const request = requestOf(newId())
    const refused = expect(ledger.reserve(request)).rejects.toMatchObject({ code: 'ledger_unavailable' })
    await vi.advanceTimersByTimeAsync(1_450)
    await refused
    closingAtMs = Date.now()
    // After it there is no database to ask any more.
    const freedByThen = ledger.close().then(() => freed.length)
    await vi.advanceTimersByTimeAsync(7_000)
    expect(await freedByThen).toBe(1)
    expect(freed.map(({ callId }) => callId)).toEqual([request.callId])
    return freed[0]?.afterMs
  }

  test('its connection broke: a server that lives may commit it yet', async () => {
    expect(await closeAfter(() => Promise.reject(connectionLost))).toBeGreaterThan(1_400)
  })

  test('it was given up and has not answered', async () => {
    const answersLate: LedgerStore['reserve'] = (calls) =>
      new Promise((answer) => {
        const [{ call_id }] = JSON.parse(calls)
        const admitted = { call_id, outcome: 'admitted' as const, output: 1, hard: false, admitted_at: new Date().toISOString() }
        setTimeout(() => answer([admitted]), 2_500)
      })
    expect(await closeAfter(answersLate)).toBeGreaterThan(1_000)
  })

  test('it never answers: freed all the same, when it cannot be running any more', async () => {
    expect(await closeAfter(() => new Promise(() => {}))).toBeGreaterThan(2_900)
  })
})

test('a dead letter without an answer keeps the other records waiting no longer than a batch would', async () => {
  let letters = 0
  const booked: string[] = []
  const store = storeWith({
    settle: async (records) => {
      if (records.includes('no-uuid')) throw Object.assign(new Error('invalid input syntax for type uuid'), { code: '22P02' })
      booked.push(records)
      return { inserted: 1, adjusted: 0, alerts: 0 }
    },
    keepDeadLetter: () => {
      letters += 1
      return letters === 1 ? new Promise(() => {}) : Promise.resolve()
    },
  })
  const ledger = await open(store)
  const client = newId()
  const recordWith = (conversationId: string | undefined) =>
    recordOf(client, { callId: newId(), admittedAt: new Date().toISOString() }, 3, { conversationId })
  await ledger.settle(recordWith('no-uuid'))
  await ledger.settle(recordWith(undefined))
  await vi.waitFor(() => expect(letters).toBe(1))
  await vi.advanceTimersByTimeAsync(11_000)
  await vi.waitFor(() => expect(ledger.depth).toBe(0))
  expect(letters).toBe(2)
  expect(booked).not.toEqual([])
  await ledger.close()
})

test('a call that waits for a slow database is told something within two seconds after its patience', async () => {
  const store = storeWith({
    reserve: (calls) =>
      new Promise((answer) => {
        const busy = (JSON.parse(calls) as { call_id: string }[]).map(({ call_id }) => ({ call_id, outcome: 'busy' as const, budget }))
        setTimeout(() => answer(busy), 1_390)
      }),
  })
  const ledger = await open(store)
  const startedMs = Date.now()
  let tookMs = Number.POSITIVE_INFINITY
  const told = ledger.reserve(requestOf(newId(), { patienceMs: 2_000 })).catch(() => {
    tookMs = Date.now() - startedMs
  })
  await vi.advanceTimersByTimeAsync(6_000)
  await told
  expect(tookMs).toBeLessThanOrEqual(4_050)
  await ledger.close()
})

test('without a disk, a hold that may have come is freed as soon as the database can be asked again', async () => {
  const freed: string[] = []
  let answers = false
  const store = storeWith({
    reserve: () => Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })),
    settle: async (records) => {
      if (!answers) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      freed.push(records)
      return { inserted: 0, adjusted: 0, alerts: 0 }
    },
  })
  const ledger = await openLedgerIn(
    { store, clock: systemClock, disk: localDisk },
    { replica: 'r1', log: memoryLog(), spoolDir: undefined, expireEveryMs: 3_600_000 },
  )
  const { callId, ...request } = requestOf(newId())
  await expect(ledger.reserve({ callId, ...request })).rejects.toMatchObject({ code: 'ledger_unavailable' })
  await vi.advanceTimersByTimeAsync(8_000)
  expect(freed).toEqual([])
  answers = true
  await vi.advanceTimersByTimeAsync(3_000)
  expect(freed.map((records) => JSON.parse(records))).toEqual([[{ call_id: callId, void: true }]])
  await ledger.close()
})

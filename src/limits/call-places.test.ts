import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { seededRandom } from '../../tests/_support/ledger.ts'
import { startStopwatch } from '../../tests/_support/stopwatch.ts'
import { openDatabase } from '../database/index.ts'
import { LedgerUnavailableError, RateLimitedError } from '../shared/errors.ts'
import { silentLog } from '../shared/log.ts'
import { CallPlaces, type ScopeCap } from './call-places.ts'
import { forgetWindows } from './sql/forget-windows.ts'

const clientId = '019aa0c4-7a52-7d1c-8f3e-2f6d5b1c9e10'
const keyId = '019aa0c4-7a52-7d1c-8f3e-2f6d5b1c9e11'
const ofClient = (most: number): ScopeCap => ({ scope: 'client', id: clientId, most })
const ofKey = (most: number): ScopeCap => ({ scope: 'key', id: keyId, most })
const ofAll = (most: number): ScopeCap => ({ scope: 'shared', id: undefined, most })
const minuteMs = 60_000

let db: TestDatabase
let replicas: CallPlaces[]
const pools: ReturnType<typeof openDatabase>[] = []

beforeEach(async () => {
  db = await createTestDatabase()
  // Each a process of its own, as far as the database can tell.
  replicas = Array.from({ length: 4 }, () => openReplica(db.url))
})
afterEach(async () => {
  for (const replica of replicas) await replica.close()
  for (const pool of pools.splice(0)) await pool.close()
  await db.drop()
})

function openReplica(url: string): CallPlaces {
  const database = openDatabase({ url, maxConnections: 2 })
  pools.push(database)
  return new CallPlaces({ database, log: silentLog })
}

/** The call's id, or why it has no place. */
async function taken(replica: CallPlaces, caps: ScopeCap[], ttlMs = minuteMs): Promise<string | RateLimitedError> {
  const callId = crypto.randomUUID()
  try {
    await replica.take(callId, caps, ttlMs)
    return callId
  } catch (error) {
    expect(error).toBeInstanceOf(RateLimitedError)
    return error as RateLimitedError
  }
}

describe('CallPlaces', () => {
  it('never has more under way than the cap, over four replicas, and always as many', async () => {
    const seed = Date.now() % 1_000_000
    const random = seededRandom(seed)
    const [cap, callers, calls] = [5, 24, 480]
    let [underWay, peak, made, refused] = [0, 0, 0, 0]
    const full = Promise.withResolvers<void>()
    const caller = async () => {
      while (made < calls) {
        const replica = replicas[Math.floor(random() * 4)] as CallPlaces
        const callId = await taken(replica, [ofClient(cap)])
        if (callId instanceof RateLimitedError) {
          refused += 1
          continue
        }
        made += 1
        underWay += 1
        peak = Math.max(peak, underWay)
        if (underWay === cap) full.resolve()
        // The first ones stay until there are as many as may be: a place that waits to be given back is not under way any more.
        if (made <= cap) await full.promise
        for (let turns = random() * 20; turns > 0; turns -= 1) await new Promise(setImmediate)
        // The place is given back by the statement that this begins, so from here on another may have it.
        underWay -= 1
        await replica.free(callId)
      }
    }
    await Promise.all(Array.from({ length: callers }, caller))
    console.log(`places seed=${seed}: ${made} calls, ${refused} refused, at most ${peak} of ${cap} at once`)
    expect(peak).toBe(cap)
    expect(refused).toBeGreaterThan(0)
    expect(await db.database.query('select 1 from call_places')).toEqual([])
  })

  it('refuses at once, and says whose cap it is, how many run and when to come again', async () => {
    const [first, second] = replicas as [CallPlaces, CallPlaces]
    for (let n = 0; n < 2; n += 1) expect(typeof (await taken(first, [ofClient(2)]))).toBe('string')
    const refused = (await taken(second, [ofClient(2)])) as RateLimitedError
    expect(refused).toMatchObject({
      code: 'concurrency_limited',
      httpStatus: 429,
      retryAfterMs: 1_000,
      message: 'The limit for this client is 2 at once, and 2 calls are under way: try again when one is over.',
      details: { concurrency: { scope: 'client', running: 2, limit: 2 } },
    })
    // One that was lowered meanwhile refuses, and says how many there still are; a raised one takes more.
    expect(await taken(second, [ofClient(1)])).toMatchObject({ details: { concurrency: { running: 2, limit: 1 } } })
    expect(typeof (await taken(second, [ofClient(3)]))).toBe('string')
  })

  it('gives a place in all caps or in none', async () => {
    const [first, second] = replicas as [CallPlaces, CallPlaces]
    const held = (await taken(first, [ofKey(9), ofClient(9), ofAll(1)])) as string
    for (let n = 0; n < 5; n += 1) {
      expect(await taken(second, [ofKey(3), ofClient(4), ofAll(1)])).toMatchObject({ details: { concurrency: { scope: 'shared' } } })
    }
    await first.free(held)
    for (let n = 0; n < 3; n += 1) expect(typeof (await taken(second, [ofKey(3), ofClient(4)]))).toBe('string')
    expect(await taken(second, [ofKey(3), ofClient(4)])).toMatchObject({ details: { concurrency: { scope: 'key', running: 3 } } })
    expect(typeof (await taken(second, [ofClient(4)]))).toBe('string')
    expect(await taken(second, [ofKey(9), ofClient(4)])).toMatchObject({ details: { concurrency: { scope: 'client', running: 4 } } })
  })

  it('frees the places of a process that died when its calls would have ended at the latest', async () => {
    const [first, second] = replicas as [CallPlaces, CallPlaces]
    await taken(first, [ofClient(1)], 300)
    expect(await taken(second, [ofClient(1)])).toBeInstanceOf(RateLimitedError)
    await expect.poll(async () => typeof (await taken(second, [ofClient(1)])), { timeout: 15_000, interval: 20 }).toBe('string')
    const places = () => db.database.query<{ n: number }>('select count(*)::int as n from call_places')
    expect(await places()).toEqual([{ n: 2 }])
    await forgetWindows(db.database)
    expect(await places()).toEqual([{ n: 1 }])
  })

  it('refuses while the database is away, and gives back what it may have taken without knowing', async () => {
    const gone = openReplica('postgres://nobody@127.0.0.1:1/none')
    await expect(gone.take(crypto.randomUUID(), [ofClient(5)], minuteMs)).rejects.toBeInstanceOf(LedgerUnavailableError)
    await gone.free(crypto.randomUUID())
    await gone.close()

    // Whoever holds the lock longer than a caller can wait: the statement ends without a place, and its caller was told.
    const [first] = replicas as [CallPlaces]
    const lock = "select pg_advisory_xact_lock(hashtextextended('catraca places client ' || $1, 0))"
    await db.database.transaction(async (tx) => {
      await tx.query(lock, [clientId])
      const elapsedMs = startStopwatch()
      const waiting = Array.from({ length: 120 }, () => first.take(crypto.randomUUID(), [ofClient(5)], minuteMs))
      for (const refused of await Promise.allSettled(waiting)) expect(refused).toMatchObject({ reason: { code: 'ledger_unavailable' } })
      expect(elapsedMs()).toBeLessThan(2_000)
    })
    await first.close()
    expect(await db.database.query('select 1 from call_places')).toEqual([])
  })

  it('remembers no more than 10,000 calls that may still have a place, however many an outage refuses', async () => {
    // Nothing listens there.
    const away = openReplica('postgres://catraca@127.0.0.1:1/catraca')
    const refused = await Promise.allSettled(Array.from({ length: 10_100 }, (_, n) => away.take(`call-${n}`, [ofClient(5)], minuteMs)))
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true)
    // Those that wait behind a failed statement are refused with it and hold nothing; each of these has been asked for.
    for (let round = 0; away.uncertain < 10_000 && round < 300; round += 1) {
      await Promise.allSettled(Array.from({ length: 50 }, (_, n) => away.take(`round-${round}-${n}`, [ofClient(5)], minuteMs)))
    }
    for (let round = 0; round < 3; round += 1) {
      await Promise.allSettled(Array.from({ length: 50 }, (_, n) => away.take(`more-${round}-${n}`, [ofClient(5)], minuteMs)))
    }
    // Every now and then all of them are tried again.
    await vi.waitFor(() => expect(away.uncertain).toBe(10_000), { timeout: 20_000, interval: 5 })
  })
})

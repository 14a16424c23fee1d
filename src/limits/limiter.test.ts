import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { openDatabase } from '../database/index.ts'
import { RateLimitedError } from '../shared/errors.ts'
import { silentLog } from '../shared/log.ts'
import { Outage } from '../shared/remembered.ts'
import { Limiter, type ScopeLimits } from './index.ts'

let db: TestDatabase
let limiters: Limiter[]
const pools: ReturnType<typeof openDatabase>[] = []
let offsetMs = 0
const clock = { nowMs: () => Date.now() + offsetMs }

beforeEach(async () => {
  db = await createTestDatabase()
  offsetMs = 0
  // Each a process of its own, as far as the database can tell.
  limiters = Array.from({ length: 4 }, () => {
    const database = openDatabase({ url: db.url, maxConnections: 2, connectTimeoutMs: 20_000 })
    pools.push(database)
    return new Limiter({ database, waitMs: 20_000, clock, log: silentLog, outage: new Outage() })
  })
})
afterEach(async () => {
  for (const limiter of limiters) await limiter.close()
  for (const pool of pools.splice(0)) await pool.close()
  await db.drop()
})

const key = (requestsPerMinute: number | undefined, tokensPerMinute?: number): ScopeLimits => ({
  scope: 'key',
  id: '019aa0c4-7a52-7d1c-8f3e-2f6d5b1c9e10',
  requestsPerMinute,
  tokensPerMinute,
})

const admits = async (limiter: Limiter, scopes: ScopeLimits[], tokens = 1) => {
  try {
    return await limiter.admit(scopes, tokens)
  } catch (error) {
    expect(error).toBeInstanceOf(RateLimitedError)
    return error as RateLimitedError
  }
}
const isAdmitted = (result: unknown) => !(result instanceof RateLimitedError)

/** The past, as if so many seconds had gone by since the credits were taken. */
const goBack = (seconds: number) =>
  db.database.query(
    `update rate_windows set at_second = at_second - $1,
       slots = (select array_agg(slots[(n + $1) % 60 + 1] order by n) from generate_series(0, 59) n)`,
    [seconds],
  )

describe('Limiter', () => {
  it('counts a small limit one by one over all replicas, and says when to come again', async () => {
    const results = []
    for (let call = 0; call < 40; call += 1) results.push(await admits(limiters[call % 4] as Limiter, [key(10)]))
    expect(results.filter(isAdmitted)).toHaveLength(10)
    const refused = results.at(-1) as RateLimitedError
    expect(refused.code).toBe('rate_limited')
    expect(refused.retryAfterMs).toBeGreaterThan(50_000)
    expect(refused.retryAfterMs).toBeLessThanOrEqual(60_000)
    expect(refused.details).toMatchObject({ limit: { scope: 'key', unit: 'requests', per_minute: 10, remaining: 0 } })
  })

  it('keeps a large limit within 5 % over 4 replicas under uneven load, and never passes it', async () => {
    const seed = Date.now()
    const random = fc.sample(fc.integer({ min: 0, max: 99 }), { seed, numRuns: 3_000 })
    const limit = 2_000
    let admitted = 0
    for (let at = 0; at < random.length; at += 25) {
      // Half of the traffic comes by the first replica, a twentieth by the last.
      const batch = random.slice(at, at + 25).map((n) => limiters[n < 50 ? 0 : n < 80 ? 1 : n < 95 ? 2 : 3] as Limiter)
      admitted += (await Promise.all(batch.map((limiter) => admits(limiter, [key(limit)])))).filter(isAdmitted).length
    }
    console.log(`limits seed=${seed}: ${admitted} of ${limit} admitted (${((admitted / limit) * 100).toFixed(1)} %), 4 replicas`)
    expect(admitted).toBeLessThanOrEqual(limit)
    expect(admitted).toBeGreaterThanOrEqual(limit * 0.95)
  })

  it('lets the minute pass slot by slot', async () => {
    const [first] = limiters as [Limiter]
    for (let call = 0; call < 5; call += 1) expect(isAdmitted(await admits(first, [key(5)]))).toBe(true)
    await goBack(30)
    expect(isAdmitted(await admits(first, [key(5)]))).toBe(false)
    await goBack(30)
    expect(isAdmitted(await admits(first, [key(5)]))).toBe(true)
  })

  it('takes all limits of a call or none', async () => {
    const [first] = limiters as [Limiter]
    const shared: ScopeLimits = { scope: 'shared', id: undefined, requestsPerMinute: 3, tokensPerMinute: undefined }
    for (let call = 0; call < 3; call += 1) expect(isAdmitted(await admits(first, [key(50), shared]))).toBe(true)
    for (let call = 0; call < 20; call += 1) expect(isAdmitted(await admits(first, [key(50), shared]))).toBe(false)
    // What the refused ones had taken of the key's limit is there for others.
    let admitted = 0
    for (let call = 0; call < 60; call += 1) if (isAdmitted(await admits(first, [key(50)]))) admitted += 1
    expect(admitted).toBe(47)
  })

  it('counts tokens as they really were', async () => {
    const [first, second] = limiters as [Limiter, Limiter]
    const call = await first.admit([key(undefined, 1_000)], 900)
    expect(call.state).toEqual([{ unit: 'tokens', limit: 1_000, left: 100, resetMs: expect.any(Number) }])
    expect(isAdmitted(await admits(first, [key(undefined, 1_000)], 500))).toBe(false)
    call.settle(300)
    expect(isAdmitted(await admits(first, [key(undefined, 1_000)], 500))).toBe(true)
    const more = await first.admit([key(undefined, 1_000)], 100)
    more.settle(350)
    expect(isAdmitted(await admits(first, [key(undefined, 1_000)], 10))).toBe(false)
    expect(isAdmitted(await admits(second, [key(undefined, 1_000)], 10))).toBe(false)
  })

  it('says of a call that is larger than the limit that waiting does not help', async () => {
    const refused = (await admits(limiters[0] as Limiter, [key(undefined, 1_000)], 1_001)) as RateLimitedError
    expect(refused.retryAfterMs).toBeUndefined()
    expect(refused.message).toContain('1001 tokens')
  })

  it('gives back what a call did not use, also later', async () => {
    const [first, second] = limiters as [Limiter, Limiter]
    const call = await first.admit([key(2)], 1)
    const other = await first.admit([key(2)], 1)
    expect(isAdmitted(await admits(second, [key(2)]))).toBe(false)
    call.giveBack()
    offsetMs = 6_000
    // The credit is too old to be used here; it goes back with the next question, for whoever asks.
    expect(isAdmitted(await admits(first, [key(2)]))).toBe(true)
    other.giveBack()
    expect(isAdmitted(await admits(first, [key(2)]))).toBe(true)
    expect(isAdmitted(await admits(second, [key(2)]))).toBe(false)
  })

  it('holds to the limit by itself while the database is away, and is no outage of its own', async () => {
    const gone = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', maxConnections: 1 })
    const alone = new Limiter({ database: gone, waitMs: 400, clock, log: silentLog, outage: new Outage() })
    const results = []
    for (let call = 0; call < 8; call += 1) results.push(await admits(alone, [key(5)]))
    expect(results.filter(isAdmitted)).toHaveLength(5)
    offsetMs = 61_000
    expect(isAdmitted(await admits(alone, [key(5)]))).toBe(true)
    await alone.close()
    await gone.close()
  })

  it('follows a limit that the operator changes', async () => {
    const [first] = limiters as [Limiter]
    for (let call = 0; call < 3; call += 1) expect(isAdmitted(await admits(first, [key(3)]))).toBe(true)
    expect(isAdmitted(await admits(first, [key(3)]))).toBe(false)
    expect(isAdmitted(await admits(first, [key(6)]))).toBe(true)
  })
})

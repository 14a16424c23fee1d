import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { systemClock } from '../shared/clock.ts'
import { silentLog } from '../shared/log.ts'
import { nanoUsd } from '../shared/money.ts'
import { Outage } from '../shared/remembered.ts'
import { isTurn, ResponseCache } from './response-cache.ts'
import { deleteExpiredAnswers } from './sql/delete-expired-answers.ts'

const kilobyte = 1024
let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

async function addClient(slug: string): Promise<string> {
  const [row] = await db.database.query<{ id: string }>('insert into clients (name, slug) values ($1, $1) returning id', [slug])
  return row?.id ?? ''
}

function open(): ResponseCache {
  const bounds = {
    maxAnswerBytes: 64 * kilobyte,
    memoryBytes: 0,
    clientBytes: 160 * kilobyte,
    totalBytes: 240 * kilobyte,
    waitMs: 5_000,
    semanticWaitMs: 1_500,
  }
  return new ResponseCache({
    database: db.database,
    vault: { deriveKey: () => Buffer.alloc(32) },
    ...bounds,
    clock: systemClock,
    log: silentLog,
    outage: new Outage(),
  })
}

function ask(cache: ResponseCache, clientId: string, nth: number) {
  const request = { clientId, keyId: undefined, epoch: 0, kind: 'test', model: 'openai/gpt-4o-mini', body: { nth } }
  return cache.ask({ request, ttlMs: 3_600_000, maxAgeMs: undefined, gone: new AbortController().signal })
}

async function keep(cache: ResponseCache, clientId: string, nth: number): Promise<void> {
  const turn = await ask(cache, clientId, nth)
  if (!turn || !isTurn(turn)) throw new Error('it was there')
  turn.end({ via: 'direct', finishReason: 'stop', costUsd: nanoUsd(7n), body: Buffer.alloc(8 * kilobyte, nth) })
}

test('the database keeps within the bounds of each client and of all, the newest last', async () => {
  const clients = [await addClient('one'), await addClient('two')] as const
  for (const clientId of clients) {
    for (let nth = 0; nth < 60; nth += 1) {
      const cache = open()
      await keep(cache, clientId, nth)
      await cache.close()
    }
  }
  // Each process looks at the bounds when it has written a sixteenth of them: here each has written but one answer of 8 KB.
  const cache = open()
  for (let nth = 60; nth < 64; nth += 1) await keep(cache, clients[1], nth)
  await cache.close()
  const rows = await db.database.query<{ client_id: string; bytes: number }>(
    'select client_id, sum(bytes)::float8 as bytes from response_cache group by 1',
  )
  const [of1 = 0, of2 = 0] = clients.map((id) => rows.find(({ client_id }) => client_id === id)?.bytes)
  const slack = (160 * kilobyte) / 16 + 9 * kilobyte
  expect(of2).toBeLessThanOrEqual(160 * kilobyte + slack)
  expect(of1 + of2).toBeLessThanOrEqual(240 * kilobyte + slack)
  expect(of1).toBeGreaterThan(60 * kilobyte)
  const fresh = open()
  const newest = await ask(fresh, clients[1], 63)
  expect(newest && !isTurn(newest) && newest.body.equals(Buffer.alloc(8 * kilobyte, 63))).toBe(true)
  expect(newest).toMatchObject({ via: 'direct', finishReason: 'stop', costUsd: 7n })
  const oldest = await ask(fresh, clients[1], 0)
  expect(oldest && isTurn(oldest)).toBe(true)
  await fresh.close()
})

test('what the shared setting makes too old is deleted, and what somebody has changed is not there', async () => {
  const clientId = await addClient('three')
  const cache = open()
  await keep(cache, clientId, 1)
  await keep(cache, clientId, 2)
  await cache.close()
  await db.database.query(`update response_cache set sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1) where client_id = $1`, [
    clientId,
  ])
  const changed = await ask(open(), clientId, 1)
  expect(changed && isTurn(changed)).toBe(true)
  await db.database.query(`update response_cache set created_at = now() - interval '2 hours' where client_id = $1`, [clientId])
  await deleteExpiredAnswers(db.database)
  expect(await db.database.query('select 1 from response_cache where client_id = $1', [clientId])).toEqual([])
})

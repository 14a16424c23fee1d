import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { IdempotencyKeys, isClaim } from '../../src/cache/index.ts'
import { systemClock } from '../../src/shared/clock.ts'
import { silentLog } from '../../src/shared/log.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'

const answerBytes = 10_000
const clientBytes = 5 * answerBytes

let database: TestDatabase
let keys: IdempotencyKeys

beforeAll(async () => {
  database = await createTestDatabase()
  keys = new IdempotencyKeys({
    database: database.database,
    isKnownCall: () => Promise.resolve(false),
    waitMs: 60_000,
    leaseMs: 60_000,
    maxBytes: 2 * answerBytes,
    clientBytes,
    clock: systemClock,
    log: silentLog,
  })
})
afterAll(async () => {
  await keys.close()
  await database.drop()
})

async function createClient(slug: string): Promise<string> {
  const [row] = await database.database.query<{ id: string }>('insert into clients (name, slug) values ($1, $1) returning id', [slug])
  return row?.id ?? ''
}

const ask = (clientId: string, key: string) =>
  keys.ask({ clientId, key, request: ['/', Buffer.from(key)], callId: randomUUID(), gone: new AbortController().signal })

async function answer(clientId: string, key: string): Promise<void> {
  const turn = await ask(clientId, key)
  if (!isClaim(turn)) throw new Error(`${key} was answered before`)
  await turn.keep({ status: 200, headers: {}, body: Buffer.alloc(answerBytes, key), isCut: false })
}

async function keptBytes(clientId: string): Promise<number> {
  const [row] = await database.database.query<{ n: bigint }>(
    'select coalesce(sum(octet_length(body)), 0)::bigint as n from idempotency_keys where client_id = $1',
    [clientId],
  )
  return Number(row?.n)
}

test("a client's kept answers stay within their bound: the oldest go, their keys stay spent, and nobody else's go with them", async () => {
  const [flooding, quiet] = [await createClient('flooding'), await createClient('quiet')]
  await answer(quiet, 'quiet-1')
  for (let i = 1; i <= 30; i++) await answer(flooding, `key-${i}`)
  await expect.poll(() => keptBytes(flooding)).toBeLessThanOrEqual(clientBytes)
  expect(await keptBytes(flooding)).toBeGreaterThan(clientBytes / 2)
  expect(await ask(flooding, 'key-30')).toMatchObject({ status: 200, body: Buffer.alloc(answerBytes, 'key-30') })
  expect(await ask(quiet, 'quiet-1')).toMatchObject({ status: 200 })
  await expect(ask(flooding, 'key-1')).rejects.toMatchObject({
    code: 'idempotency_answer_not_kept',
    message: expect.stringContaining('CATRACA_IDEMPOTENCY_CLIENT_MB'),
  })
})

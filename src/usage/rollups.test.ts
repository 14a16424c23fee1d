import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import { addBudget, addClient, seededRandom } from '../../tests/_support/ledger.ts'
import { openDatabase } from '../database/index.ts'
import { newId } from '../shared/id.ts'
import { checkRollups, findLatency, type RollupDifference, summarizeDays, summarizeUsage, type UsageGroup } from './index.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db.drop())

interface Fact {
  call_id: string
  client_id: string
  created_at: string
  provider: string
  model_name: string
  api_type: string
  status: string | null
  was_cached: boolean
  latency_ms: number | null
  total_tokens: number
  cost_usd: string | null
  cost_brl: string | null
}

function recordJson(fact: Partial<Fact> & { client_id: string; created_at: string }): Record<string, unknown> & { call_id: string } {
  const tokens = fact.total_tokens ?? 10
  return {
    call_id: newId(),
    source: 'test',
    api_type: 'chat',
    provider: 'openai',
    model_name: 'm',
    input_tokens: Math.floor(tokens / 3),
    output_tokens: tokens - Math.floor(tokens / 3),
    cached_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    total_tokens: tokens,
    was_cached: false,
    was_fallback: false,
    attempts: [],
    flags: [],
    status: 'ok',
    cost_usd: '0.000000001',
    cost_brl: '0.000000005',
    latency_ms: 100,
    ...fact,
  }
}

async function settle(records: Record<string, unknown>[], database = db.database): Promise<void> {
  await database.query('select ledger_settle($1::jsonb)', [JSON.stringify(records)])
}

async function differences(): Promise<RollupDifference[]> {
  const found: RollupDifference[] = []
  for await (const check of checkRollups(db.database, { clientId: undefined, since: '-infinity' })) found.push(...check.differences)
  return found
}

async function totalOf(clientId: string): Promise<UsageGroup | undefined> {
  const [group] = await summarizeUsage(db.database, { clientId, from: new Date('2000-01-01'), to: new Date('2100-01-01'), by: 'all' })
  return group
}

describe('rollups', () => {
  test('count each call once, in the hour of its admission, and what is unpriced, cached or failed beside', async () => {
    const client = await addClient(db.database)
    const at = (created_at: string, more: Partial<Fact> = {}) => recordJson({ client_id: client, created_at, ...more })
    const records = [
      at('2026-10-05T10:59:59.999Z'),
      at('2026-10-05T11:00:00.000Z', { status: 'error', cost_usd: null, cost_brl: null }),
      at('2026-10-05T11:30:00.000Z', { was_cached: true, latency_ms: 2 }),
      at('2026-10-05T23:59:59.999Z', { latency_ms: 1_000 }),
    ]
    await settle(records)
    await settle(records)
    const hours = await db.database.query(
      'select hour, calls, errors, cache_hits, unpriced_usd from usage_rollups where client_id = $1 order by hour',
      [client],
    )
    expect(hours).toEqual([
      { hour: new Date('2026-10-05T10:00:00Z'), calls: 1n, errors: 0n, cache_hits: 0n, unpriced_usd: 0n },
      { hour: new Date('2026-10-05T11:00:00Z'), calls: 2n, errors: 1n, cache_hits: 1n, unpriced_usd: 1n },
      { hour: new Date('2026-10-05T23:00:00Z'), calls: 1n, errors: 0n, cache_hits: 0n, unpriced_usd: 0n },
    ])
    expect(await totalOf(client)).toMatchObject({ calls: 4n, total_tokens: 40n, cost_usd: '0.000000003' })
    const window = { clientId: client, from: new Date('2026-10-05T10:00Z'), to: new Date('2026-10-06T00:00Z') }
    const latency = await findLatency(db.database, window)
    expect(latency).toMatchObject({ answers: 2n })
    expect(Math.abs((latency?.p50Ms ?? 0) / 100 - 1)).toBeLessThan(0.095)
    expect(Math.abs((latency?.p95Ms ?? 0) / 1_000 - 1)).toBeLessThan(0.095)
    expect(await differences()).toEqual([])
  })

  test('put late truth in the place of the estimate, once, however many budgets it moved and whatever becomes of them', async () => {
    const client = await addClient(db.database)
    const budgets = [
      await addBudget(db.database, client, { type: 'tokens', hard: false }),
      await addBudget(db.database, client, { type: 'usd', hard: false }),
    ]
    const orphan = (created_at: string) => ({
      ...recordJson({
        client_id: client,
        created_at,
        total_tokens: 500,
        cost_usd: '5',
        cost_brl: null,
        status: 'orphaned',
        latency_ms: null,
      }),
      unadmitted: true,
    })
    const [late, released] = [orphan('2026-10-07T10:15:00Z'), orphan('2026-10-07T10:20:00Z')]
    await settle([late, released, recordJson({ client_id: client, created_at: '2026-10-07T10:30:00Z' })])
    expect(await totalOf(client)).toMatchObject({
      calls: 3n,
      orphaned: 2n,
      total_tokens: 1010n,
      cost_usd: '10.000000001',
      unpriced_brl: 2n,
    })
    const truth = {
      ...late,
      status: 'error',
      provider: 'groq',
      model_name: 'other',
      total_tokens: 60,
      cost_usd: '0.5',
      cost_brl: '2',
      latency_ms: 7,
    }
    await settle([truth])
    await settle([truth])
    await db.database.query('delete from budgets where id = $1', [budgets[0]])
    await settle([truth, { call_id: released.call_id, void: true }])
    await db.database.query('delete from budgets where id = $1', [budgets[1]])
    await settle([truth, { call_id: released.call_id, void: true }])
    expect(await differences()).toEqual([])
    const groups = await summarizeUsage(db.database, {
      clientId: client,
      from: new Date('2026-10-07'),
      to: new Date('2026-10-08'),
      by: 'model',
    })
    expect(groups).toMatchObject([
      { provider: 'groq', model_name: 'other', calls: 1n, errors: 1n, orphaned: 0n, total_tokens: 60n, cost_usd: '0.5', cost_brl: '2' },
      { provider: 'openai', model_name: 'm', calls: 2n, orphaned: 0n, released: 1n, total_tokens: 10n, cost_usd: '0.000000001' },
    ])
  })

  test('are found wrong when somebody changed them, and made anew', async () => {
    const client = await addClient(db.database)
    await settle([
      recordJson({ client_id: client, created_at: '2026-10-09T10:15:00Z' }),
      recordJson({ client_id: client, created_at: '2026-10-10T10:15:00Z' }),
    ])
    await db.database.query("update usage_rollups set calls = 7 where client_id = $1 and hour < '2026-10-10'", [client])
    await db.database.query("delete from usage_days where client_id = $1 and day = '2026-10-10'", [client])
    const found = await differences()
    expect(found).toMatchObject([
      { grain: 'hour', booked: 'calls 7', expected: 'calls 1' },
      { grain: 'day', booked: 'none', expected: expect.stringContaining('calls 1, ') },
    ])
    const rebuilt: string[] = []
    for await (const check of checkRollups(db.database, { clientId: undefined, since: '-infinity', rebuild: true })) {
      expect(check.differences).toEqual([])
      if (check.rebuilt) rebuilt.push(check.day)
    }
    expect(rebuilt).toEqual(['2026-10-09', '2026-10-10'])
    expect(await differences()).toEqual([])
  })
})

describe('a summary', () => {
  test.each(['America/Sao_Paulo', 'Asia/Kolkata', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'UTC'])(
    'of a month in %s is that of its rows, also day by day',
    async (timeZone) => {
      const client = await addClient(db.database, { timeZone })
      const random = seededRandom(timeZone.length)
      const [month] = await db.database.query<{ from: Date; to: Date }>(
        `select timestamp '2026-09-01' at time zone $1 as from, timestamp '2026-10-01' at time zone $1 as to`,
        [timeZone],
      )
      const from = month?.from ?? new Date()
      const to = month?.to ?? new Date()
      // Both sides of each midnight of the zone, the instants themselves, and calls in between.
      const edges = Array.from({ length: 32 }, (_, day) => from.getTime() + (day - 1) * 86_400_000).flatMap((at) => [
        at - 1,
        at,
        at + 1,
        at + 1_799_999,
        at - 1_800_000,
      ])
      const others = Array.from({ length: 100 }, () => from.getTime() + Math.floor(random() * 30 * 86_400_000))
      await settle(
        [...edges, ...others].map((at) =>
          recordJson({ client_id: client, created_at: new Date(at).toISOString(), total_tokens: 1 + Math.floor(random() * 50) }),
        ),
      )
      const plain = `count(*) as calls, sum(total_tokens)::bigint as total_tokens, trim_scale(sum(cost_usd)) as cost_usd`
      for (const [start, end] of [
        [from, to],
        [new Date(from.getTime() + 12_345_678), new Date(from.getTime() + 12_345_999)],
        [from, new Date(from.getTime() + 5_400_001)],
        [new Date(from.getTime() - 60_001), new Date(to.getTime() - 90_000_000)],
      ] as const) {
        const [rows] = await db.database.query<Record<string, bigint>>(
          `select ${plain} from gateway_usage_logs where client_id = $1 and created_at >= $2 and created_at < $3`,
          [client, start, end],
        )
        const [sum] = await summarizeUsage(db.database, { clientId: client, from: start, to: end, by: 'all' })
        if (rows?.calls === 0n) expect(sum).toBeUndefined()
        else expect(sum).toMatchObject(rows ?? {})
        const days = await db.database.query(
          `select to_char(created_at at time zone $4, 'YYYY-MM-DD') as day, ${plain} from gateway_usage_logs where client_id = $1 and created_at >= $2 and created_at < $3 group by 1 order by 1`,
          [client, start, end, timeZone],
        )
        expect(await summarizeDays(db.database, { clientId: client, from: start, to: end, timeZone })).toMatchObject(days)
      }
    },
  )
})

test('rollups are the sums of their rows after any history, booked by two processes at once', async () => {
  const seed = Date.now() % 1_000_000
  const random = seededRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const clients = await Promise.all([1, 2, 3, 4].map(() => addClient(db.database)))
  for (const client of clients.slice(0, 2)) {
    await addBudget(db.database, client, { type: 'tokens', hard: false, limit: 1_000_000 })
    await addBudget(db.database, client, { type: 'brl', hard: false, limit: 1_000_000, period: 'monthly' })
  }
  const anyFact = (): Partial<Fact> => ({
    provider: pick(['openai', 'groq']),
    model_name: pick(['a', 'b', 'c']),
    api_type: pick(['chat', 'embeddings']),
    status: pick(['ok', 'ok', 'error', 'cancelled', 'estimated']),
    was_cached: random() < 0.1,
    latency_ms: random() < 0.1 ? null : Math.floor(10 ** (random() * 6)),
    total_tokens: Math.floor(random() * 1_000),
    cost_usd: random() < 0.1 ? null : String(Math.floor(random() * 1e6) / 1e9),
    cost_brl: random() < 0.1 ? null : String(Math.floor(random() * 1e6) / 1e9),
  })
  const booked = Array.from({ length: 600 }, () => {
    const created_at = new Date(Date.parse('2026-11-01T21:30:00Z') + Math.floor(random() * 6 * 3_600_000)).toISOString()
    const record = { ...recordJson({ client_id: pick(clients), created_at, ...anyFact() }), unadmitted: true }
    return random() < 0.4 ? { ...record, status: 'orphaned', latency_ms: null } : record
  })
  const truths = booked
    .filter(() => random() < 0.5)
    .map((record) => (random() < 0.3 ? { call_id: record.call_id, void: true } : { ...record, ...anyFact() }))
  const batches: Record<string, unknown>[][] = []
  // Estimates first, as they are; then truth and repetitions in any order and any company.
  const later = [...truths, ...truths.slice(0, 50), ...booked.slice(0, 100)].toSorted(() => random() - 0.5)
  for (const list of [booked, later]) {
    const waiting: Record<string, unknown>[] = [...list]
    while (waiting.length > 0) batches.push(waiting.splice(0, 1 + Math.floor(random() * 40)))
  }
  const other = openDatabase({ url: db.url })
  try {
    await Promise.all(
      [db.database, other]
        .flatMap((database) => [database, database])
        .map(async (database) => {
          for (let batch = batches.shift(); batch; batch = batches.shift()) await settle(batch, database)
        }),
    )
  } finally {
    await other.close()
  }
  const [rows] = await db.database.query<{ rows: number; adjusted: number }>(
    'select (select count(*)::int from gateway_usage_logs where client_id = any($1)) as rows, (select count(distinct call_id)::int from budget_adjustments) as adjusted',
    [clients],
  )
  console.log(`rollups: seed ${seed}, ${rows?.rows} rows, ${rows?.adjusted} late truths`)
  expect(rows?.rows).toBe(600)
  expect(await differences(), `seed ${seed}`).toEqual([])
})

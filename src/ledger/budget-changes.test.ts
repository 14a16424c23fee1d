import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { expectBooksInOrder } from '../../tests/_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../../tests/_support/database.ts'
import {
  addBudget,
  addClient,
  count,
  findUnbalanced,
  readPeriods,
  readRows,
  recordOf,
  requestOf,
  setLedgerTime,
} from '../../tests/_support/ledger.ts'
import { silentLog } from '../shared/log.ts'
import { nanoBrl, nanoUsd } from '../shared/money.ts'
import { readPeriodPages } from './audit-pages.ts'
import type { CallBounds } from './call-record.ts'
import { checkPeriod } from './check-charges.ts'
import { getCall } from './find-call.ts'
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
  await setLedgerTime(db.database, undefined)
  expect(await findUnbalanced(db.database)).toEqual([])
})

afterAll(async () => {
  await expectBooksInOrder(db.database)
  await ledger.close()
  await db.drop()
})

/** A token costs 3 nano-dollars and 15 nano-reais. */
const dear: CallBounds = {
  tokens: { fixed: 0n, perMillionOutput: 1_000_000n },
  usd: { fixed: 0n, perMillionOutput: 3_000_000n },
  brl: { fixed: 0n, perMillionOutput: 15_000_000n },
}
const costs = (tokens: number) => ({
  usdBrlRate: '5',
  costUsd: nanoUsd(BigInt(3 * tokens)),
  costBrl: nanoBrl(BigInt(15 * tokens)),
})

async function open(client: string, tokens: number, ttlMs = 60_000) {
  return await ledger.reserve(requestOf(client, { outputTokens: tokens, bounds: dear, ttlMs }))
}

/** Does not take less than that. */
async function openWhole(client: string, tokens: number) {
  return await ledger.reserve(requestOf(client, { outputTokens: tokens, minOutputTokens: tokens, bounds: dear }))
}

async function spend(client: string, tokens: number): Promise<void> {
  await ledger.settle(recordOf(client, await open(client, tokens), tokens, costs(tokens)))
}

async function change(client: string, sql: string): Promise<void> {
  await db.database.query(`update client_budgets set ${sql} where client_id = $1`, [client])
}

interface Seen {
  id: string
  budget_type: string
  budget_period: string
  budget_limit: string
  current_usage: string
}

async function read(client: string): Promise<Seen[]> {
  return await db.database.query<Seen>(
    'select id, budget_type, budget_period, budget_limit, current_usage from client_budgets where client_id = $1 order by budget_type',
    [client],
  )
}

const nano = (amount: number) => `0.${String(amount).padStart(9, '0')}`.replace(/0+$/, '')

describe('another type or period, by plain SQL', () => {
  test.each([
    ['tokens', 1_000, 'brl', nano(15_000), nano(600), 600],
    ['brl', nano(15_000), 'tokens', '1000', '40', 40],
    ['usd', nano(3_000), 'brl', nano(15_000), nano(600), 600],
  ] as const)(
    '%s to %s: it begins with what was used, in the new unit, and calls in flight are held in it',
    async (type, limit, to, newLimit, shown, used) => {
      const client = await addClient(db.database)
      const old = await addBudget(db.database, client, { type, limit })
      await spend(client, 40)
      const inFlight = await open(client, 900)
      await change(client, `budget_type = '${to}', budget_limit = ${newLimit}`)
      const [now] = await read(client)
      expect(await read(client)).toMatchObject([{ budget_type: to, budget_period: 'daily', budget_limit: newLimit, current_usage: shown }])
      expect(now?.id).not.toBe(old)
      const unit = used / 40
      expect(await readPeriods(db.database, now?.id ?? '')).toMatchObject([{ used: BigInt(used), reserved: BigInt(900 * unit) }])
      // 60 of 1000 are left beside what the call in flight may come to.
      await expect(openWhole(client, 61)).rejects.toMatchObject({ code: 'budget_busy', details: { budget: { id: now?.id } } })
      const second = await open(client, 60)
      await ledger.settle(recordOf(client, inFlight, 100, costs(100)))
      await ledger.settle(recordOf(client, second, 60, costs(60)))
      expect(await readPeriods(db.database, now?.id ?? '')).toMatchObject([{ used: BigInt(200 * unit), reserved: 0n }])
      // The first budget keeps the books of its own calls, in its own unit.
      expect((await readPeriods(db.database, old)).map(({ reserved }) => reserved)).toEqual([0n])
      const row = (await readRows(db.database)).find((entry) => entry.call_id === inFlight.callId)
      expect(row?.charges.map(({ budget_id }) => budget_id).sort()).toEqual([old, now?.id].sort())
      expect(await getCall(db.database, second.callId)).toMatchObject({ moves: [{ kind: 'charge', type: to, retired_at: null }] })
    },
  )

  test('monthly to daily counts today alone; daily to monthly what the month has had since the budget was made', async () => {
    await setLedgerTime(db.database, '2026-05-03T12:00:00-03:00')
    const client = await addClient(db.database)
    await spend(client, 7)
    await setLedgerTime(db.database, '2026-05-04T12:00:00-03:00')
    await addBudget(db.database, client, { limit: 1_000, period: 'monthly' })
    await spend(client, 100)
    await setLedgerTime(db.database, '2026-05-20T23:59:00-03:00')
    const inFlight = await open(client, 50)
    await setLedgerTime(db.database, '2026-05-21T00:01:00-03:00')
    await spend(client, 30)
    await change(client, `budget_period = 'daily'`)
    const [daily] = await read(client)
    expect(daily).toMatchObject({ budget_period: 'daily', current_usage: '30' })
    // A call belongs to the day on which it was admitted, also in a budget that came later.
    expect(await readPeriods(db.database, daily?.id ?? '')).toMatchObject([
      { period_start: new Date('2026-05-20T03:00:00Z'), used: 0n, reserved: 50n },
      { period_start: new Date('2026-05-21T03:00:00Z'), used: 30n, reserved: 0n },
    ])
    await spend(client, 5)
    await change(client, `budget_period = 'monthly', budget_limit = 200`)
    expect(await read(client)).toMatchObject([{ budget_period: 'monthly', current_usage: '135' }])
    await ledger.settle(recordOf(client, inFlight, 15, costs(15)))
    expect(await read(client)).toMatchObject([{ current_usage: '150' }])
    await expect(open(client, 51)).resolves.toMatchObject({ outputTokens: 50 })
  })

  test('the kind that the client has already is refused in words; two can be exchanged at once', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100 })
    await addBudget(db.database, client, { type: 'brl', limit: 100, period: 'monthly' })
    await spend(client, 10)
    await expect(change(client, `budget_type = 'brl', budget_period = 'monthly'`)).rejects.toThrow(
      'the client already has a monthly brl budget: change that one, or delete one of the two',
    )
    await expect(change(client, `budget_type = 'euro'`)).rejects.toMatchObject({ code: '23514' })
    expect(await read(client)).toMatchObject([
      { budget_type: 'brl', current_usage: nano(150) },
      { budget_type: 'tokens', current_usage: '10' },
    ])
    await change(client, `budget_period = case budget_period when 'daily' then 'monthly' else 'daily' end`)
    expect(await read(client)).toMatchObject([
      { budget_type: 'brl', budget_period: 'daily', current_usage: nano(150) },
      { budget_type: 'tokens', budget_period: 'monthly', current_usage: '10' },
    ])
  })

  test('again and back: each begins anew from the rows, and what was settled late is in all of them', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 10_000 })
    const orphans = [await open(client, 10, -1_000), await open(client, 20, -1_000), await open(client, 30, -1_000)]
    await expireHolds(db.database, 10)
    const late = async (index: number, tokens?: number) => {
      const orphan = orphans[index] as (typeof orphans)[number]
      const record = tokens === undefined ? { call_id: orphan.callId, void: true } : toRow(recordOf(client, orphan, tokens, costs(tokens)))
      await settleRecords(db.database, toJson([record]))
    }
    await late(0, 4)
    await change(client, `budget_type = 'brl', budget_limit = 1`)
    expect(await read(client)).toMatchObject([{ current_usage: nano(15 * 54) }])
    await late(1, 7)
    expect(await read(client)).toMatchObject([{ current_usage: nano(15 * 41) }])
    await change(client, `budget_type = 'tokens', budget_limit = 10000`)
    expect(await read(client)).toMatchObject([{ current_usage: '41' }])
    await late(2)
    await late(2)
    expect(await read(client)).toMatchObject([{ current_usage: '11' }])
    expect(await count(db.database, `budgets where client_id = '${client}'`)).toBe(3)
    expect(await getCall(db.database, orphans[1]?.callId ?? '')).toMatchObject({
      moves: [
        { kind: 'adjustment' },
        { kind: 'adjustment' },
        { kind: 'adjustment' },
        { kind: 'charge', amount: 20n },
        { kind: 'opening', type: 'brl', amount: 300n },
        { kind: 'opening', type: 'tokens', amount: 20n },
      ],
    })
  })

  test('a call that comes after keeps to the new budget; one that was in flight is covered again by it, not by the old', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100 })
    const inFlight = await open(client, 90)
    await change(client, `budget_type = 'brl', budget_limit = ${nano(15_000)}`)
    const bounds = JSON.stringify(
      Object.fromEntries(
        Object.entries({ tokens: 1, usd: 3, brl: 15 }).map(([type, n]) => [type, { fixed: '0', per_million: `${n}000000` }]),
      ),
    )
    const more = await db.database.query('select ledger_reserve_more($1, $2::jsonb, 200, 1) as output', [inFlight.callId, bounds])
    expect(more).toEqual([{ output: 200n }])
    expect(await readPeriods(db.database, (await read(client))[0]?.id ?? '')).toMatchObject([{ reserved: 290n * 15n }])
    await ledger.settle(recordOf(client, inFlight, 290, costs(290)))
    expect(await read(client)).toMatchObject([{ current_usage: nano(290 * 15) }])
  })

  test('settings, pause and a raise: all stay but the raise, which is an amount of the old kind', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100, alerts: [false, true, false] })
    await change(client, `raised_limit = 500, raised_until = now() + interval '1 day', is_paused = true`)
    await change(client, `budget_period = 'weekly'`)
    expect(await db.database.query('select * from client_budgets where client_id = $1', [client])).toMatchObject([
      {
        budget_limit: '100',
        alert_threshold_80: false,
        alert_threshold_90: true,
        alert_threshold_100: false,
        pause_at_limit: true,
        is_paused: true,
        raised_limit: null,
        raised_until: null,
        plan_budget_id: null,
      },
    ])
    await change(client, `budget_period = 'daily', raised_limit = 700, raised_until = now() + interval '1 day'`)
    expect(await db.database.query('select raised_limit from client_budgets where client_id = $1', [client])).toEqual([
      { raised_limit: '700' },
    ])
  })

  test('an INSERT … ON CONFLICT of the guide’s view finds the budget, also after changes', async () => {
    const client = await addClient(db.database)
    const upsert = (limit: number) =>
      db.database.query(
        `insert into client_budgets (client_id, budget_type, budget_limit, budget_period) values ($1, 'tokens', $2, 'daily')
         on conflict (client_id, budget_type, budget_period) where plan_budget_id is null do update set budget_limit = excluded.budget_limit`,
        [client, limit],
      )
    await upsert(10)
    await change(client, `budget_period = 'weekly'`)
    await upsert(20)
    await upsert(30)
    expect((await read(client)).map(({ budget_period, budget_limit }) => [budget_period, budget_limit]).sort()).toEqual([
      ['daily', '30'],
      ['weekly', '10'],
    ])
  })

  test('a call that waits for the budget while it is replaced is admitted on the new one', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 1_000 })
    await spend(client, 10)
    let admission: ReturnType<typeof open> | undefined
    await db.database.transaction(async (tx) => {
      await tx.query(`update client_budgets set budget_type = 'brl', budget_limit = ${nano(15 * 12)} where client_id = $1`, [client])
      admission = open(client, 500)
      await vi.waitFor(async () =>
        expect(await count(db.database, `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).toBe(1),
      )
    })
    await expect(admission).resolves.toMatchObject({ outputTokens: 2 })
  })

  test('an opening that was tampered with is found', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 1_000 })
    await spend(client, 10)
    await change(client, `budget_period = 'weekly'`)
    await spend(client, 3)
    const [budget] = await read(client)
    const differences = async () => {
      for await (const page of readPeriodPages(db.database, { clientId: client, since: '-infinity' })) {
        const found = page.flatMap(checkPeriod)
        if (found.length > 0) return found.map(({ what, booked, expected }) => [what, booked, expected])
      }
      return []
    }
    expect(await differences()).toEqual([])
    const tamper = (sql: string) => db.database.query(`update budget_periods set ${sql} where budget_id = $1`, [budget?.id])
    await tamper('opening = opening - 4, used = used - 4')
    expect(await differences()).toEqual([['opening', '6', '10']])
    // Nor can it be made to count a row that is charged.
    await tamper('opening = opening + 7, used = used + 7, opened_upto = opened_upto + 1')
    expect(await differences()).toEqual([['opening', '13', '10']])
    await tamper('opening = opening - 3, used = used - 3, opened_upto = opened_upto - 1')
    expect(await differences()).toEqual([])
    await tamper('opened_upto = opened_upto - 1')
    expect(await differences()).toEqual([['opening', '10', '0']])
    await tamper('opened_upto = opened_upto + 1')
  })
})

test('the late truth about a call of a budget that was deleted is kept, and moves nothing', async () => {
  const client = await addClient(db.database)
  const budget = await addBudget(db.database, client, { limit: 1_000 })
  const orphan = await open(client, 10, -1_000)
  await expireHolds(db.database, 10)
  await db.database.query('delete from client_budgets where id = $1', [budget])
  await settleRecords(db.database, toJson([toRow(recordOf(client, orphan, 4, costs(4)))]))
  expect(
    await db.database.query('select budget_id, period_start, amount, reason from budget_adjustments where call_id = $1', [orphan.callId]),
  ).toEqual([{ budget_id: null, period_start: null, amount: 0n, reason: 'late_settlement' }])
})

describe('a raise with an end', () => {
  test('is in force at once and until its end, by the database’s clock, and takes nothing back', async () => {
    await setLedgerTime(db.database, '2026-05-04T12:00:00-03:00')
    const client = await addClient(db.database)
    const budget = await addBudget(db.database, client, { limit: 100 })
    await spend(client, 100)
    await expect(open(client, 1)).rejects.toMatchObject({ details: { budget: { limit: 100, raised_until: null } } })
    await change(client, `raised_limit = 300, raised_until = '2026-05-05T10:00:00-03:00'`)
    expect(await db.database.query('select usage_percentage from client_budgets where id = $1', [budget])).toEqual([
      { usage_percentage: '33.33' },
    ])
    await setLedgerTime(db.database, '2026-05-04T23:59:59.999-03:00')
    await spend(client, 200)
    await expect(open(client, 1)).rejects.toMatchObject({
      code: 'budget_exceeded',
      details: { budget: { limit: 300, used: 300, remaining: 0, raised_until: '2026-05-05T13:00:00Z' } },
    })
    // The next period begins while it is on.
    await setLedgerTime(db.database, '2026-05-05T00:00:00-03:00')
    await spend(client, 80)
    await setLedgerTime(db.database, '2026-05-05T09:59:59.999-03:00')
    const last = await open(client, 500)
    expect(last.outputTokens).toBe(220)
    await setLedgerTime(db.database, '2026-05-05T10:00:00-03:00')
    await expect(openWhole(client, 10)).rejects.toMatchObject({
      code: 'budget_busy',
      details: { budget: { limit: 100, raised_until: null } },
    })
    await ledger.settle(recordOf(client, last, 130, costs(130)))
    await expect(open(client, 1)).rejects.toMatchObject({ code: 'budget_exceeded', details: { budget: { limit: 100, used: 210 } } })
    expect(await db.database.query('select usage_percentage from client_budgets where id = $1', [budget])).toEqual([
      { usage_percentage: '210.00' },
    ])
  })

  test('never lowers, needs both its limit and its end, and is bounded as a limit is', async () => {
    const client = await addClient(db.database)
    await addBudget(db.database, client, { limit: 100 })
    await change(client, `raised_limit = 200, raised_until = now() + interval '1 hour'`)
    await change(client, 'budget_limit = 250')
    await expect(open(client, 500)).resolves.toMatchObject({ outputTokens: 250 })
    await expect(change(client, 'raised_limit = null')).rejects.toMatchObject({ constraint: 'raise_has_limit_and_end' })
    await expect(change(client, 'raised_limit = 0')).rejects.toMatchObject({ constraint: 'raised_limit_is_positive' })
    await expect(change(client, 'raised_limit = 9e9')).rejects.toMatchObject({ constraint: 'raised_limit_is_positive' })
  })
})

describe('plans', () => {
  const setPlan = (plan: string, type: string, limit: number | string, period = 'daily') =>
    db.database.query(
      'insert into plan_budgets (plan, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, $2, $3, $4, true)',
      [plan, type, limit, period],
    )

  test('a default of another kind begins with what each of its clients has used', async () => {
    await setPlan('k1', 'tokens', 100)
    const [one, other] = [await addClient(db.database, { plan: 'k1' }), await addClient(db.database, { plan: 'k1' })]
    await spend(one, 60)
    const inFlight = await open(other, 30)
    await db.database.query(
      `update plan_budgets set budget_type = 'brl', budget_period = 'monthly', budget_limit = ${nano(1_500)} where plan = 'k1'`,
    )
    expect(await read(one)).toMatchObject([{ budget_type: 'brl', budget_period: 'monthly', current_usage: nano(900) }])
    await expect(open(one, 100)).resolves.toMatchObject({ outputTokens: 40 })
    await expect(openWhole(other, 71)).rejects.toMatchObject({ code: 'budget_busy' })
    await ledger.settle(recordOf(other, inFlight, 10, costs(10)))
    await expect(open(other, 100)).resolves.toMatchObject({ outputTokens: 90 })
  })

  test('one that does not count, because the client has its own, has nothing to begin with', async () => {
    await setPlan('k2', 'tokens', 100)
    const client = await addClient(db.database, { plan: 'k2' })
    const own = await addBudget(db.database, client, { type: 'usd', limit: 1 })
    await spend(client, 60)
    await db.database.query(`update plan_budgets set budget_period = 'weekly' where plan = 'k2'`)
    await db.database.query('delete from client_budgets where id = $1', [own])
    expect(await read(client)).toMatchObject([{ budget_period: 'weekly', current_usage: '0' }])
    await expect(open(client, 500)).resolves.toMatchObject({ outputTokens: 100 })
  })

  test('another plan with a budget of the same kind: what was used stays used, what is in flight stays held', async () => {
    await setPlan('k3', 'tokens', 100)
    await setPlan('k4', 'tokens', 200)
    await setPlan('k4', 'brl', 1, 'monthly')
    const client = await addClient(db.database, { plan: 'k3' })
    await spend(client, 60)
    await open(client, 30)
    await db.database.query(`update clients set plan = 'k4' where id = $1`, [client])
    expect(await read(client)).toMatchObject([
      { budget_type: 'brl', current_usage: '0' },
      { budget_type: 'tokens', budget_limit: '200', current_usage: '60' },
    ])
    await expect(openWhole(client, 111)).rejects.toMatchObject({ code: 'budget_busy' })
  })
})

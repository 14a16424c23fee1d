import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Database, openDatabase } from '../../src/database/index.ts'
import { type Admission, type Ledger, openLedger } from '../../src/ledger/index.ts'
import { expireHolds } from '../../src/ledger/sql/expire.ts'
import { BudgetExceededError, LedgerUnavailableError, RateLimitedError } from '../../src/shared/errors.ts'
import { silentLog } from '../../src/shared/log.ts'
import { nanoBrl, nanoUsd } from '../../src/shared/money.ts'
import { expectBooksInOrder } from '../_support/audit.ts'
import { createTestDatabase, type TestDatabase } from '../_support/database.ts'
import { addBudget, addClient, count, findUnbalanced, readDeadlocks, recordOf, requestOf, seededRandom } from '../_support/ledger.ts'
import { isLong, reportFigure, testSeed } from '../_support/report-figure.ts'

const runMs = isLong ? 120_000 : 4_000
const random = seededRandom(testSeed)
const below = (n: number) => Math.floor(random() * n)

let db: TestDatabase
let pools: Database[]
let replicas: Ledger[]

beforeAll(async () => {
  db = await createTestDatabase()
  // Each admission is judged where it happens, under the period's lock: that it fits the limit in force of a hard budget that counts, and
  // that the operator's last word on it was heard.
  await db.database.query('create table slips (what text, period budget_periods, at timestamptz default clock_timestamp())')
  await db.database.query(`create function note_slip() returns trigger language plpgsql as $$
    declare
      b budgets;
    begin
      select * into b from budgets where id = new.budget_id;
      insert into slips select what, new from (values
        ('retired', b.retired_at is not null),
        ('paused', b.is_paused),
        ('over', b.pause_at_limit and new.used + new.reserved > ledger_period_limit(new, date_trunc('milliseconds', ledger_now())))
      ) as v(what, is_so) where is_so;
      return null;
    end $$`)
  await db.database.query(`create trigger note_slip after update of reserved on budget_periods for each row
    when (new.reserved > old.reserved and new.opened_upto is not distinct from old.opened_upto) execute function note_slip()`)
  await db.database.query('alter table budget_periods add constraint never_negative check (used >= 0)')
  pools = [1, 2].map(() => openDatabase({ url: db.url, maxConnections: 6 }))
  replicas = await Promise.all(
    pools.map((database, index) =>
      openLedger({ database, replica: `r${index}`, log: silentLog, spoolDir: undefined, expireEveryMs: 3_600_000 }),
    ),
  )
})

afterAll(async () => {
  for (const ledger of replicas) await ledger.close()
  for (const pool of pools) await pool.close()
  await db.drop()
})

interface Run {
  name: string
  client: string
  changes: number
  admitted: number
  refused: Record<string, number>
}

/** Two replicas call for a client until the end, a few at a time; most settle, some are never heard of or heard of late. */
async function callUntil(ends: { done: boolean }, run: Run): Promise<void> {
  const worker = async (ledger: Ledger) => {
    while (!ends.done) {
      const tokens = 1 + below(40)
      const isOrphan = random() < 0.04
      try {
        const admission = await ledger.reserve(
          requestOf(run.client, { outputTokens: tokens, patienceMs: below(30), bounds: bounds(), ttlMs: isOrphan ? 1 : 60_000 }),
        )
        run.admitted += 1
        await finish(ledger, run.client, admission, isOrphan)
      } catch (error) {
        // On a machine that is busy enough, the ledger is at times away for longer than a call waits.
        if (![BudgetExceededError, RateLimitedError, LedgerUnavailableError].some((kind) => error instanceof kind)) throw error
        const { code } = error as BudgetExceededError
        run.refused[code] = (run.refused[code] ?? 0) + 1
        await delay(5)
      }
    }
  }
  await Promise.all(replicas.flatMap((ledger) => [worker(ledger), worker(ledger)]))
}

async function finish(ledger: Ledger, client: string, admission: Admission, isOrphan: boolean): Promise<void> {
  const tokens = below(admission.outputTokens + 1)
  const costs = { costUsd: nanoUsd(BigInt(3 * tokens)), costBrl: nanoBrl(BigInt(15 * tokens)), usdBrlRate: '5' }
  if (random() < 0.5) await delay(below(8))
  const record = recordOf(client, admission, tokens, costs)
  if (!isOrphan) return await ledger.settle(record)
  await delay(2)
  await expireHolds(db.database, 50)
  if (random() < 0.5) await ledger.settle(record)
}

const bounds = () => ({
  tokens: { fixed: 0n, perMillionOutput: 1_000_000n },
  usd: { fixed: 0n, perMillionOutput: 3_000_000n },
  brl: { fixed: 0n, perMillionOutput: 15_000_000n },
})

/** Changes over and over, as an operator with psql. */
async function changeUntil(ends: { done: boolean }, statements: readonly string[], run: Run): Promise<void> {
  while (!ends.done) {
    for (const statement of statements) {
      await db.database.query(statement.replaceAll(':client', `'${run.client}'`))
      run.changes += 1
      await delay(20 + below(60))
    }
  }
}

const update = (set: string) => `update client_budgets set ${set} where client_id = :client`
const nano = (amount: number) => `0.${String(amount).padStart(9, '0')}`

interface Case {
  name: string
  plan?: string
  own: boolean
  statements: string[]
}

const cases: Case[] = [
  { name: 'limit', own: true, statements: [update('budget_limit = budget_limit + 70'), update('budget_limit = budget_limit - 20')] },
  {
    name: 'type',
    own: true,
    statements: [
      update(`budget_type = 'brl', budget_limit = ${nano(15 * 150)}`),
      update(`budget_type = 'tokens', budget_limit = 300`),
      update(`budget_type = 'usd', budget_limit = ${nano(3 * 450)}`),
      update(`budget_type = 'brl', budget_limit = ${nano(15 * 600)}`),
      update(`budget_type = 'tokens', budget_limit = 200`),
    ],
  },
  {
    name: 'period',
    own: true,
    statements: [
      update(`budget_period = 'monthly'`),
      update(`budget_period = 'daily', budget_limit = budget_limit + 50`),
      update(`budget_period = 'weekly'`),
    ],
  },
  {
    name: 'mode',
    own: true,
    statements: [update('pause_at_limit = false'), update('pause_at_limit = true, budget_limit = budget_limit + 60')],
  },
  { name: 'pause', own: true, statements: [update('is_paused = true'), update('is_paused = false, budget_limit = budget_limit + 40')] },
  {
    name: 'raise',
    own: true,
    statements: [
      update(`raised_limit = budget_limit + 50, raised_until = clock_timestamp() + interval '40 ms'`),
      update('budget_limit = budget_limit + 20'),
      update(`raised_limit = budget_limit + 40, raised_until = clock_timestamp() + interval '1 hour'`),
      update('raised_limit = null, raised_until = null'),
    ],
  },
  {
    name: 'zone',
    own: true,
    statements: [
      `update clients set time_zone = 'Pacific/Kiritimati' where id = :client`,
      update('budget_limit = budget_limit + 50'),
      `update clients set time_zone = 'Pacific/Pago_Pago' where id = :client`,
    ],
  },
  {
    name: 'plan and zone',
    plan: 'small',
    own: false,
    statements: [
      `update clients set plan = 'large', time_zone = 'Pacific/Kiritimati' where id = :client`,
      `update clients set plan = 'small', time_zone = 'Pacific/Pago_Pago' where id = :client`,
    ],
  },
  {
    name: 'plan',
    plan: 'small',
    own: false,
    statements: [
      `update clients set plan = 'large' where id = :client`,
      `update plan_budgets set budget_limit = budget_limit + 50 where plan = 'large' and budget_type = 'tokens'`,
      `update plan_budgets set budget_type = 'brl', budget_limit = ${nano(15 * 600)} where plan = 'large' and budget_type = 'usd'`,
      `update clients set plan = 'small' where id = :client`,
      `update plan_budgets set budget_limit = budget_limit + 30 where plan = 'small'`,
      `update plan_budgets set budget_type = 'usd', budget_limit = ${nano(3 * 600)} where plan = 'large' and budget_type = 'brl'`,
    ],
  },
  {
    name: 'own and plan',
    plan: 'other',
    own: false,
    statements: [
      `insert into client_budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit) values (:client, 'tokens', 40, 'daily', true)`,
      `delete from client_budgets where client_id = :client and plan_budget_id is null`,
      `update plan_budgets set budget_limit = budget_limit + 30 where plan = 'other'`,
    ],
  },
]

/** Whether the client's budget, in its latest period, has used what its calls came to. */
async function hasCountedAll(client: string): Promise<boolean | undefined> {
  const [budget] = await db.database.query<{ is_all: boolean }>(
    `select b.used = (
       -- Late truth about a call that was given up is that it came to nothing.
       select sum(ledger_row_amount(e.budget_type, t.total_tokens, t.cost_usd, t.cost_brl))
       from gateway_usage_logs l
       cross join lateral jsonb_populate_record(null::gateway_usage_logs,
         coalesce((select truth from budget_adjustments a where a.call_id = l.call_id limit 1), to_jsonb(l))) t
       where l.client_id = e.client_id and l.created_at >= b.period_start and l.created_at < b.period_end
     ) as is_all
     from effective_budgets e join budget_periods b on b.budget_id = e.id
     where e.client_id = $1
     order by b.period_start desc limit 1`,
    [client],
  )
  return budget?.is_all
}

test(
  'budgets that change under calls from two replicas: none over the limit in force, no slip past a change, books closed',
  async () => {
    for (const [plan, type, limit] of [
      ['small', 'tokens', 80],
      ['large', 'tokens', 120],
      ['large', 'usd', nano(3 * 600)],
      ['other', 'tokens', 60],
    ] as const) {
      await db.database.query(
        `insert into plan_budgets (plan, budget_type, budget_limit, budget_period, pause_at_limit) values ($1, $2, $3, 'daily', true)`,
        [plan, type, limit],
      )
    }
    const ends = { done: false }
    const results: Run[] = []
    const running = cases.map(async ({ name, plan, own, statements }) => {
      const run: Run = {
        name,
        client: await addClient(db.database, plan === undefined ? {} : { plan }),
        changes: 0,
        admitted: 0,
        refused: {},
      }
      results.push(run)
      if (own) await addBudget(db.database, run.client, { limit: 60 })
      await Promise.all([callUntil(ends, run), changeUntil(ends, statements, run)])
    })
    const all = Promise.all(running)
    await Promise.race([delay(runMs), all])
    // On a machine that is busy enough, some have hardly begun by then.
    const hasEnough = () => results.every(({ admitted, changes }) => admitted > 5 && changes > 3)
    await Promise.race([vi.waitFor(() => expect(hasEnough()).toBe(true), { timeout: 100_000, interval: 100 }), all])
    ends.done = true
    await all
    // What nobody settled is charged.
    await delay(5)
    while ((await expireHolds(db.database, 500)) > 0);
    // A hold whose reply was given up is freed some seconds later, when its statement cannot be running any more.
    await expect.poll(() => count(db.database, 'call_admissions'), { timeout: 30_000 }).toBe(0)

    const deadlocks = await readDeadlocks(db.database)
    const slips = await db.database.query<{ what: string; n: number }>('select what, count(*)::int as n from slips group by 1')
    reportFigure(
      'R18',
      testSeed,
      `${results.map((one) => `${one.name}: ${one.changes} changes, ${one.admitted} admitted, refused ${JSON.stringify(one.refused)}`).join('; ')}; ` +
        `${deadlocks} deadlocks, slips ${JSON.stringify(slips)}`,
    )
    expect(slips).toEqual([])
    expect(deadlocks).toBe(0)
    expect(await count(db.database, 'budget_holds')).toBe(0)
    expect(await count(db.database, 'call_admissions')).toBe(0)
    expect(await count(db.database, 'budget_periods where reserved <> 0')).toBe(0)
    expect(await findUnbalanced(db.database)).toEqual([])
    await expectBooksInOrder(db.database)
    // Whatever became of these budgets, they have counted every call.
    for (const { client } of results.filter(({ name }) => ['limit', 'type', 'period', 'mode', 'pause', 'raise', 'zone'].includes(name))) {
      expect(await hasCountedAll(client)).toBe(true)
    }
  },
  isLong ? 200_000 : 180_000,
)

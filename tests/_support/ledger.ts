import type { Queryable } from '../../src/database/index.ts'
import type { Admission, CallFacts, CallRecord, ReserveRequest } from '../../src/ledger/index.ts'
import { newId } from '../../src/shared/id.ts'
import type { Log } from '../../src/shared/log.ts'

export const facts: CallFacts = {
  source: 'test',
  apiType: 'chat',
  provider: 'openai',
  modelName: 'gpt-4o-mini',
  via: 'direct',
  conversationId: undefined,
  phone: undefined,
  usdBrlRate: '5.5',
  rateSource: 'env',
  rateAt: undefined,
  priceId: undefined,
  flags: [],
}

export interface BudgetOptions {
  type?: 'tokens' | 'usd' | 'brl'
  limit?: number | string
  period?: 'daily' | 'weekly' | 'monthly'
  hard?: boolean
  alerts?: [at80: boolean, at90: boolean, at100: boolean]
}

export async function addClient(db: Queryable, options: { plan?: string; timeZone?: string; expiredHolds?: string } = {}): Promise<string> {
  const id = newId()
  await db.query(`insert into clients (id, name, slug, plan, time_zone, expired_holds) values ($1, $2, $2, $3, $4, $5)`, [
    id,
    `c-${id}`,
    options.plan ?? 'none',
    options.timeZone ?? 'America/Sao_Paulo',
    options.expiredHolds ?? 'charge',
  ])
  return id
}

/** By the guide's view, as an operator does it. */
export async function addBudget(db: Queryable, clientId: string, options: BudgetOptions = {}): Promise<string> {
  const [at80, at90, at100] = options.alerts ?? [true, true, true]
  const rows = await db.query<{ id: string }>(
    `insert into client_budgets (client_id, budget_type, budget_limit, budget_period,
       alert_threshold_80, alert_threshold_90, alert_threshold_100, pause_at_limit)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
    [clientId, options.type ?? 'tokens', options.limit ?? 1000, options.period ?? 'daily', at80, at90, at100, options.hard ?? true],
  )
  return rows[0]?.id ?? ''
}

/** The database's clock for the ledger stands at that instant; `undefined` lets it run again. */
export async function setLedgerTime(db: Queryable, at: string | undefined): Promise<void> {
  const now = at === undefined ? 'now()' : `timestamptz '${at}'`
  await db.query(`create or replace function ledger_now() returns timestamptz language sql stable as $$ select ${now} $$`)
}

/** One token of input bound and of output by default, so that amounts are easy to follow: a call of n costs at most `fixed` + n tokens. */
export function requestOf(clientId: string, options: Partial<ReserveRequest> & { fixed?: bigint } = {}): ReserveRequest {
  const { fixed = 0n, ...rest } = options
  const bound = { fixed, perMillionOutput: 1_000_000n }
  return {
    callId: newId(),
    clientId,
    bounds: { tokens: bound, usd: bound, brl: bound },
    outputTokens: 10,
    minOutputTokens: 1,
    ttlMs: 60_000,
    patienceMs: 0,
    facts,
    ...rest,
  }
}

/** The final record of a call; everything it used counts as output, and each token costs a nano-unit unless told otherwise. */
export function recordOf(
  clientId: string,
  admission: Pick<Admission, 'callId' | 'admittedAt'>,
  tokens: number,
  rest: Partial<CallRecord> = {},
): CallRecord {
  return {
    ...facts,
    // A nano-real for a nano-dollar, as the costs below.
    usdBrlRate: '1',
    callId: admission.callId,
    clientId,
    createdAt: admission.admittedAt,
    unadmitted: false,
    requestId: undefined,
    inputTokens: 0,
    outputTokens: tokens,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    totalTokens: tokens,
    latencyMs: 12.5,
    firstTokenMs: 3.5,
    wasCached: false,
    wasFallback: false,
    fallbackReason: undefined,
    attempts: [],
    costUsd: BigInt(tokens) as NonNullable<CallRecord['costUsd']>,
    costBrl: BigInt(tokens) as NonNullable<CallRecord['costBrl']>,
    status: 'ok',
    errorCode: undefined,
    ...rest,
  }
}

export interface PeriodState {
  period_start: Date
  period_end: Date
  limit: bigint
  used: bigint
  reserved: bigint
}

/** The periods of a budget, oldest first. */
export async function readPeriods(db: Queryable, budgetId: string): Promise<PeriodState[]> {
  return await db.query<PeriodState>(
    'select period_start, period_end, "limit", used, reserved from budget_periods where budget_id = $1 order by period_start',
    [budgetId],
  )
}

/** The one period of a budget, as plain numbers. */
export async function readBudget(db: Queryable, budgetId: string): Promise<{ used: number; reserved: number }> {
  const periods = await readPeriods(db, budgetId)
  if (periods.length > 1) throw new Error(`the budget has ${periods.length} periods`)
  return { used: Number(periods[0]?.used ?? 0), reserved: Number(periods[0]?.reserved ?? 0) }
}

/** Periods whose counters are not the sum of what they began with, their rows, adjustments and holds: invariant 3. Empty when all is well. */
export async function findUnbalanced(db: Queryable): Promise<object[]> {
  return await db.query(
    `with charged as (
       select c.budget_id, c.period_start, sum(c.amount) as amount
       from gateway_usage_logs u cross join lateral jsonb_to_recordset(u.charges) as c(budget_id uuid, period_start timestamptz, amount bigint)
       group by 1, 2
     ), adjusted as (
       select budget_id, period_start, sum(amount) as amount from budget_adjustments group by 1, 2
     ), held as (
       select budget_id, period_start, sum(amount) as amount from budget_holds group by 1, 2
     )
     select p.budget_id::text, p.period_start::text, p.used::text, p.reserved::text, c.amount::text as charged, a.amount::text as adjusted,
       h.amount::text as held
     from budget_periods p
     left join charged c using (budget_id, period_start)
     left join adjusted a using (budget_id, period_start)
     left join held h using (budget_id, period_start)
     where p.used <> p.opening + coalesce(c.amount, 0) + coalesce(a.amount, 0) or p.reserved <> coalesce(h.amount, 0)`,
  )
}

export interface UsageRow {
  call_id: string
  status: string
  flags: string[]
  charges: { budget_id: string; period_start: string; amount: number }[]
  total_tokens: bigint
  cost_usd: string | null
  cost_brl: string | null
  created_at: Date
}

export async function readRows(db: Queryable): Promise<UsageRow[]> {
  return await db.query<UsageRow>(
    'select call_id, status, flags, charges, total_tokens, cost_usd, cost_brl, created_at from gateway_usage_logs order by call_id',
  )
}

/**
 * A client that is soft goes on without an answer of the database; where its hold comes only after the call was settled, nobody frees it, and
 * it expires: src/ledger/README.md, "Database away".
 */
export async function expireLateHolds(database: Queryable, softClients: readonly { id: string }[]): Promise<void> {
  const ids = softClients.map(({ id }) => id)
  await database.query(`update call_admissions set expires_at = now() - interval '1 second' where client_id = any ($1)`, [ids])
  await database.query('select ledger_expire(1000)')
}

export async function count(db: Queryable, table: string): Promise<number> {
  const rows = await db.query<{ n: number }>(`select count(*)::int as n from ${table}`)
  return rows[0]?.n ?? 0
}

export interface MemoryLog extends Log {
  readonly lines: string[]
}

/** Keeps what was logged, for tests that expect a line. */
export function memoryLog(): MemoryLog {
  const lines: string[] = []
  return {
    lines,
    info: (message) => lines.push(message),
    warn: (message) => lines.push(message),
    error: (message, cause) => lines.push(cause instanceof Error ? `${message}: ${cause.message}` : message),
  }
}

/** A small generator with a seed (mulberry32), so that a run that failed can be run again. Numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const copy = [...items]
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1))
    const moved = copy[i] as T
    copy[i] = copy[j] as T
    copy[j] = moved
  }
  return copy
}

/** How often the server has had to break a deadlock in this database. */
export async function readDeadlocks(db: Queryable): Promise<number> {
  await db.query('select pg_stat_force_next_flush()')
  const rows = await db.query<{ deadlocks: bigint }>('select deadlocks from pg_stat_database where datname = current_database()')
  return Number(rows[0]?.deadlocks ?? 0)
}

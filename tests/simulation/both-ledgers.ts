import type { Queryable } from '../../src/database/index.ts'
import { alertRefusal as alertRefusalIn } from '../../src/ledger/sql/alert-refusal.ts'
import { expireHolds } from '../../src/ledger/sql/expire.ts'
import { reserveCalls } from '../../src/ledger/sql/reserve.ts'
import { reserveMoreTokens } from '../../src/ledger/sql/reserve-more.ts'
import { settleRecords } from '../../src/ledger/sql/settle.ts'
import { changeKind } from './model/change-kind.ts'
import { reserve, reserveMore } from './model/reserve.ts'
import { alertRefusal, expire, settle } from './model/settle.ts'
import { type ModelState, SqlError } from './model/state.ts'
import { firstInstant, type MadeBudget, type MadeClient, type Statement } from './random-statements.ts'

/** What a statement answered, in a form that can be compared: its result, or its error's SQLSTATE. */
export type Answered = { result: unknown } | { error: string }

/** Has a statement answered by the model. */
export function onModel(state: ModelState, statement: Statement): Answered {
  const nowMs = Date.parse(statement.now)
  try {
    return { result: answer(state, statement, nowMs) }
  } catch (error) {
    if (error instanceof SqlError) return { error: error.code }
    throw error
  }
}

function answer(state: ModelState, statement: Statement, nowMs: number): unknown {
  switch (statement.kind) {
    case 'reserve':
      return reserve(state, JSON.stringify(statement.calls), 'r1', nowMs)
    case 'reserve more':
      return reserveMore(state, { ...statement, bounds: JSON.stringify(statement.bounds) }, nowMs)
    case 'settle':
      return settle(state, JSON.stringify(statement.records), nowMs)
    case 'expire':
      return expire(state, statement.most, nowMs)
    case 'alert refusal':
      alertRefusal(state, statement.budgetId, statement.periodEnd, nowMs)
      return undefined
    case 'create': {
      state.budgets.set(statement.budget.id, { ...statement.budget, isPaused: false, createdAtMs: nowMs })
      return undefined
    }
    case 'delete':
      state.deleteBudget(statement.budgetId)
      return undefined
    default:
      change(state, statement, nowMs)
      return undefined
  }
}

function change(state: ModelState, statement: Statement & { budgetId: string }, nowMs: number): void {
  const budget = state.budgets.get(statement.budgetId)
  if (!budget) return
  if (statement.kind === 'set limit') state.setLimit(budget, statement.limit, nowMs)
  if (statement.kind === 'raise') state.setRaise(budget, statement.raise, nowMs)
  if (statement.kind === 'change kind') changeKind(state, budget, statement, nowMs)
  if (statement.kind === 'set hard') budget.isHard = statement.isHard
  if (statement.kind === 'set paused') budget.isPaused = statement.isPaused
}

/** Has a statement answered by PostgreSQL. `mayFail` puts a savepoint before it. */
export async function onPostgres(tx: Queryable, statement: Statement, mayFail: boolean): Promise<Answered> {
  await tx.query(`select set_config('catraca.sim_now', $1, true)`, [statement.now])
  if (!mayFail) return { result: await ask(tx, statement) }
  await tx.query('savepoint before')
  try {
    return { result: await ask(tx, statement) }
  } catch (error) {
    await tx.query('rollback to before')
    if (error instanceof Error && 'code' in error) return { error: String(error.code) }
    throw error
  }
}

async function ask(tx: Queryable, statement: Statement): Promise<unknown> {
  switch (statement.kind) {
    case 'reserve': {
      const outcomes = await reserveCalls(tx, JSON.stringify(statement.calls), 'r1')
      return outcomes.map(({ ...outcome }) => {
        // For the function's own use, and in the state anyway.
        delete (outcome as { holds?: unknown }).holds
        return outcome
      })
    }
    case 'reserve more':
      return await reserveMoreTokens(tx, statement.callId, JSON.stringify(statement.bounds), statement.output, statement.least)
    case 'settle':
      return await settleRecords(tx, JSON.stringify(statement.records))
    case 'expire':
      return await expireHolds(tx, statement.most)
    case 'alert refusal':
      await alertRefusalIn(tx, statement.budgetId, statement.periodEnd)
      return undefined
    case 'create':
      return await create(tx, statement.budget)
    case 'delete':
      await tx.query('delete from client_budgets where id = $1', [statement.budgetId])
      return undefined
    case 'set limit':
      await tx.query(
        'update client_budgets set budget_limit = case budget_type when $3 then $2::numeric else $2::numeric / 1000000000 end where id = $1',
        [statement.budgetId, String(statement.limit), 'tokens'],
      )
      return undefined
    case 'raise':
      await tx.query(
        `update client_budgets set raised_limit = case budget_type when 'tokens' then $2::numeric else $2::numeric / 1000000000 end,
           raised_until = $3 where id = $1`,
        [statement.budgetId, statement.raise && String(statement.raise.limit), statement.raise && new Date(statement.raise.untilMs)],
      )
      return undefined
    case 'change kind':
      // The id of the budget that is made is the one that the model gives it: see `simulatedClock`.
      await tx.query(`select set_config('search_path', 'simulated, pg_catalog, public', true), set_config('catraca.sim_uuid', $1, true)`, [
        statement.successorId,
      ])
      await tx.query(
        `update client_budgets set budget_type = $2, budget_period = $3,
           budget_limit = case $2 when 'tokens' then $4::numeric else $4::numeric / 1000000000 end where id = $1`,
        [statement.budgetId, statement.type, statement.period, String(statement.limit)],
      )
      await tx.query(`select set_config('search_path', 'pg_catalog, public', true)`)
      return undefined
    case 'set hard':
      await tx.query('update client_budgets set pause_at_limit = $2 where id = $1', [statement.budgetId, statement.isHard])
      return undefined
    case 'set paused':
      await tx.query('update client_budgets set is_paused = $2 where id = $1', [statement.budgetId, statement.isPaused])
      return undefined
  }
}

async function create(tx: Queryable, budget: MadeBudget): Promise<undefined> {
  const { id, clientId, type, period, limit, isHard, alerts } = budget
  await tx.query(
    `insert into client_budgets (id, client_id, budget_type, budget_limit, budget_period,
       alert_threshold_80, alert_threshold_90, alert_threshold_100, pause_at_limit)
     values ($1, $2, $3, case $3 when 'tokens' then $4::numeric else $4::numeric / 1000000000 end, $5, $6, $7, $8, $9)`,
    [id, clientId, type, String(limit), period, ...alerts, isHard],
  )
  return undefined
}

export async function addClientToBoth(tx: Queryable, state: ModelState, client: MadeClient): Promise<void> {
  const { id, timeZone, offsetMs, releasesExpired } = client
  state.clients.set(id, { id, timeZone, offsetMs, releasesExpired })
  await tx.query(`select set_config('catraca.sim_now', $1, true)`, [new Date(firstInstant).toISOString()])
  await tx.query('insert into clients (id, name, slug, plan, time_zone, expired_holds) values ($1, $2, $2, $3, $4, $5)', [
    id,
    `c-${id}`,
    'none',
    timeZone,
    releasesExpired ? 'release' : 'charge',
  ])
}

/** All that the ledger keeps, as lines of text in one order, so that a difference reads as one. */
export async function readPostgres(tx: Queryable): Promise<string[]> {
  const [row] = await tx.query<{ lines: string[] }>(`
    select array(
      select format('period %s %s %s limit %s raised %s until %s used %s reserved %s opening %s %s', budget_id, ms(period_start), ms(period_end),
        "limit", raised_limit, ms(raised_until), used, reserved, opening, opened_upto is not null) from budget_periods
      union all select format('budget %s %s %s limit %s made %s raised %s until %s %s', id, budget_type, budget_period, limit_amount, ms(created_at),
        raised_amount, ms(raised_until), case when retired_at is not null then 'retired' end) from budgets
      union all select format('hold %s %s %s %s', call_id, budget_id, ms(period_start), amount) from budget_holds
      union all select format('admission %s %s %s %s %s %s', call_id, client_id, ms(admitted_at), ms(expires_at), output_tokens,
        (select string_agg(format('%s:%s+%s', b.key, b.value ->> 'fixed', b.value ->> 'per_million'), ' ' order by b.key collate "C") from jsonb_each(bounds) b))
        from call_admissions
      union all select format('row %s %s %s %s tokens %s+%s=%s usd %s brl %s flags %s charges %s', call_id, ms(created_at), client_id, status, input_tokens,
        output_tokens, total_tokens, trunc(cost_usd * 1000000000), trunc(cost_brl * 1000000000), array_to_string(flags, ','),
        (select string_agg(format('%s@%s=%s', c.budget_id, ms(c.period_start), c.amount), ' ' order by c.budget_id, c.period_start)
         from jsonb_to_recordset(charges) as c(budget_id uuid, period_start timestamptz, amount bigint)))
        from gateway_usage_logs
      union all select format('adjustment %s %s %s %s', call_id, budget_id, case when budget_id is not null then amount end, reason) from budget_adjustments
      union all select format('alert %s %s %s %s of %s', budget_id, ms(period_start), threshold, used, "limit") from alerts where budget_id is not null
      union all select format('dead letter %s', call_id) from usage_dead_letters
    ) as lines`)
  return (row?.lines ?? []).sort()
}

export function readModel(state: ModelState): string[] {
  const lines = [
    ...[...state.periods.values()].map(
      (p) =>
        `period ${p.budgetId} ${p.startMs} ${p.endMs} limit ${p.limit} raised ${p.raise?.limit ?? ''} until ${p.raise?.untilMs ?? ''} ` +
        `used ${p.used} reserved ${p.reserved} opening ${p.opening} ${p.openedUpto === undefined ? 'f' : 't'}`,
    ),
    ...[...state.budgets.values()].map(
      (b) =>
        `budget ${b.id} ${b.type} ${b.period} limit ${b.limit} made ${b.createdAtMs} raised ${b.raise?.limit ?? ''} ` +
        `until ${b.raise?.untilMs ?? ''} ${b.isRetired ? 'retired' : ''}`,
    ),
    ...[...state.holds.values()].flat().map((h) => `hold ${h.callId} ${h.budgetId} ${h.startMs} ${h.amount}`),
    ...[...state.admissions.values()].map(
      (a) =>
        `admission ${a.callId} ${a.clientId} ${a.admittedAtMs} ${a.expiresAtMs} ${a.outputTokens} ${Object.entries(a.bounds)
          .sort(([x], [y]) => (x < y ? -1 : 1))
          .map(([type, bound]) => `${type}:${bound?.fixed ?? ''}+${bound?.per_million ?? ''}`)
          .join(' ')}`,
    ),
    ...state.rowLog.map((r) => {
      const charges = r.charges.map((c) => `${c.budgetId}@${c.startMs}=${c.amount}`).sort()
      const tokens = `${r.inputTokens}+${r.outputTokens}=${r.totalTokens}`
      return `row ${r.callId} ${r.createdAtMs} ${r.clientId} ${r.status} tokens ${tokens} usd ${r.costUsd ?? ''} brl ${r.costBrl ?? ''} flags ${r.flags.join(',')} charges ${charges.join(' ')}`
    }),
    ...state.adjustments.map((a) => `adjustment ${a.callId} ${a.budgetId ?? ''} ${a.budgetId === undefined ? '' : a.amount} ${a.reason}`),
    ...state.alerts.map((a) => `alert ${a.budgetId} ${a.startMs} ${a.threshold ?? ''} ${a.used} of ${a.limit}`),
    ...state.deadLetters.map((d) => `dead letter ${d.callId ?? ''}`),
  ]
  return lines.sort()
}

/** The database's clock is what a statement says, in its own transaction, and so are ids that it makes; and instants as the model has them. */
export const simulatedClock = `
  create or replace function ledger_now() returns timestamptz language sql stable as $$ select current_setting('catraca.sim_now')::timestamptz $$;
  create schema simulated;
  create function simulated.gen_random_uuid() returns uuid language sql as $$ select current_setting('catraca.sim_uuid')::uuid $$;
  create function ms(at timestamptz) returns bigint language sql immutable as $$ select round(extract(epoch from at) * 1000)::bigint $$;
`

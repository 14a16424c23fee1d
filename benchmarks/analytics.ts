// `npm run bench -- analytics`: a month of ten million calls, summed by rollups and by the rows. Figures: docs/benchmarks.md.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { Database } from '../src/database/index.ts'
import { checkRollups, findLatency, summarizeDays, summarizeUsage } from '../src/usage/index.ts'
import { spread } from './overhead/figures.ts'
import { withBenchDatabase } from './with-bench-database.ts'

const help = `npm run bench -- analytics [options]: a month of calls, summed by rollups and by the rows themselves

  --rows N     calls of the month (10000000)
  --clients N  clients that share them: the n-th has a share in proportion to 1/n (1000)
  --times N    how often each question is asked, after once to warm up (15; the plain ones 3)`

const timeZone = 'America/Sao_Paulo'
const targets = { client: 50, all: 300 }
const timesPlain = 3

/** Rows of a month beside the table, in two halves at once, and then in it: rollups are made from the rows afterwards. */
export async function fill(database: Database, rows: number, clients: number): Promise<void> {
  await database.query(
    `insert into clients (name, slug, plan, time_zone) select 'c' || n, 'c-' || n, 'none', $2 from generate_series(1, $1::int) n`,
    [clients, timeZone],
  )
  const [month] = await database.query<{ name: string; from: string; to: string }>(
    `select usage_month_name(start) as name, start::text as from, (start + interval '1 month')::text as to
     from date_trunc('month', now(), 'UTC') as start`,
  )
  const began = performance.now()
  await database.query(`drop table ${month?.name}`)
  await database.query(`create table ${month?.name} (like gateway_usage_logs including defaults including constraints)`)
  await Promise.all([0, 1].map((half) => database.query(fillHalf(month?.name ?? ''), [rows, half])))
  await database.transaction(async (tx) => {
    await tx.query("set local maintenance_work_mem = '1GB'")
    await tx.query(`alter table gateway_usage_logs attach partition ${month?.name} for values from ('${month?.from}') to ('${month?.to}')`)
  })
  console.log(
    `${rows} rows in ${((performance.now() - began) / 1_000).toFixed(0)} s: 30 days, 5 models, the n-th of ${clients} clients a share in proportion to 1/n`,
  )
  await roll(database)
}

const fillHalf = (partition: string) => `
  insert into ${partition} (id, call_id, client_id, provider, model_name, via, input_tokens, output_tokens, total_tokens, latency_ms,
    cost_usd, cost_brl, usd_brl_rate, rate_source, attempts, status, was_cached, charges, created_at)
  with shares as materialized (
    select array_agg(id order by n) as ids, array_agg(edge order by n) as edges
    from (
      select id, n, sum(1.0::float8 / n) over (order by n) / sum(1.0::float8 / n) over () as edge
      from (select id, substr(slug, 3)::int as n from clients) c
    ) s
  ), models as (
    select array['gpt-4o-mini', 'gpt-4o', 'llama-3.3-70b-versatile', 'claude-sonnet-4-5', 'gemini-2.5-flash'] as names,
      array['openai', 'openai', 'groq', 'anthropic', 'google'] as providers
  ), calls as (
    select n, random() as who, 1 + floor(random() * random() * 5)::int as model, random() as luck, (200 - 60 * ln(1 - random()))::int as input,
      (20 - 250 * ln(1 - random()))::int as output, exp(6.6 + 1.4 * (random() + random() + random() - 1.5))::int as latency,
      date_trunc('month', now(), 'UTC') + n * interval '30 days' / $1::float8 as at
    from generate_series(($1::int / 2) * $2::int, case $2::int when 0 then $1::int / 2 else $1::int end - 1) n
  )
  select n, gen_random_uuid(), ids[1 + width_bucket(who, edges)], providers[model], names[model], 'vercel', input, output, input + output, latency,
    (input * 0.00000015 + output * 0.0000006)::numeric(24, 12), (input * 0.00000081 + output * 0.00000324)::numeric(24, 12), 5.4, 'ptax',
    '[{"provider": "openai", "model": "m", "via": "vercel", "status": 200}]', case when luck < 0.01 then 'error' else 'ok' end, luck > 0.95,
    '[{"budget_id": "00000000-0000-0000-0000-000000000000", "period_start": "2026-11-01T03:00:00Z", "amount": 100}]',
    date_trunc('milliseconds', at)
  from calls, shares, models`

/** Makes the rollups of this month from its rows. */
export async function roll(database: Database): Promise<void> {
  const began = performance.now()
  const days = await database.query<{ day: string }>(
    `select to_char(day, 'YYYY-MM-DD') as day from generate_series(date_trunc('month', now() at time zone 'UTC'), date_trunc('month', now() at time zone 'UTC') + interval '29 days', interval '1 day') day`,
  )
  for (const { day } of days) await database.query('select rebuild_usage_day($1::date)', [day])
  console.log(`rollups made from them in ${((performance.now() - began) / 1_000).toFixed(0)} s`)
  await database.query('vacuum analyze gateway_usage_logs')
  await database.query('vacuum analyze usage_rollups')
  await database.query('vacuum analyze usage_days')
}

async function describe(database: Database): Promise<void> {
  const [sizes] = await database.query<Record<string, string | number>>(
    `select (select reltuples::bigint from pg_class where relname = 'usage_rollups')::int as hours,
       (select reltuples::bigint from pg_class where relname = 'usage_days')::int as days,
       pg_size_pretty(pg_total_relation_size('usage_rollups')) as hours_size, pg_size_pretty(pg_total_relation_size('usage_days')) as days_size,
       (select pg_size_pretty(sum(pg_total_relation_size(relid))) from pg_partition_tree('gateway_usage_logs')) as rows_size`,
  )
  console.log(`rows ${sizes?.rows_size}; ${sizes?.hours} rollups by hour, ${sizes?.hours_size}; ${sizes?.days} by day, ${sizes?.days_size}`)
}

async function check(database: Database): Promise<void> {
  const began = performance.now()
  let days = 0
  for await (const { day, differences } of checkRollups(database, { clientId: undefined, since: '-infinity' })) {
    days += 1
    if (differences.length > 0) throw new Error(`rollups of ${day} are not their rows: ${JSON.stringify(differences[0])}`)
  }
  console.log(`all rollups of ${days} days are the sums of their rows (checked in ${((performance.now() - began) / 1_000).toFixed(0)} s)`)
}

/** The same sums from the rows, as somebody would write it who has nothing else. */
const plainSums = `count(*) as calls, count(*) filter (where status = 'error') as errors, count(*) filter (where was_cached) as cache_hits,
  sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens, sum(total_tokens) as total_tokens, trim_scale(sum(cost_usd)) as cost_usd,
  trim_scale(sum(cost_brl)) as cost_brl`

interface Question {
  name: string
  target?: number
  times: number
  ask(): Promise<{ calls: bigint }[]>
}

async function ask({ name, target, times, ask: run }: Question): Promise<bigint> {
  let calls = 0n
  const taken: number[] = []
  for (let time = 0; time <= times; time += 1) {
    const from = performance.now()
    const rows = await run()
    if (time > 0) taken.push(performance.now() - from)
    calls = rows.reduce((sum, row) => sum + BigInt(row.calls), 0n)
  }
  const goal = target === undefined ? '' : ` (target: under ${target})`
  console.log(`  ${`${name}${goal}`.padEnd(64)} ${spread(taken, 1)} ms, ${calls} calls, load ${loadavg()[0]?.toFixed(1)}`)
  return calls
}

interface Month {
  from: Date
  to: Date
  /** The same month's beginning half an hour off a UTC hour. */
  half: Date
}

type Plain = (where: string, params: unknown[]) => Question['ask']

async function measure(database: Database, times: number): Promise<void> {
  const [month] = await database.query<Month>(
    `select date_trunc('month', now(), $1) as from, (date_trunc('month', now() at time zone $1) + interval '1 month') at time zone $1 as to,
       date_trunc('month', now(), 'Asia/Kolkata') as half`,
    [timeZone],
  )
  if (!month) return
  const plain: Plain = (where, params) => () =>
    database.query<{ calls: bigint }>(
      `select ${plainSums} from gateway_usage_logs where ${where} created_at >= $1 and created_at < $2`,
      params,
    )
  console.log(`\nmin / median / max of ${times} (plain: ${timesPlain}); months of ${timeZone}`)
  for (const [label, slug] of [
    ['the largest client', 'c-1'],
    ['the 10th client', 'c-10'],
    ['the 500th client', 'c-500'],
  ] as const) {
    const [client] = await database.query<{ id: string }>('select id from clients where slug = $1', [slug])
    if (client) await measureClient(database, `month of ${label}`, client.id, month, plain, times)
  }
  await measureAll(database, month, plain, times)
}

async function measureClient(database: Database, name: string, clientId: string, month: Month, plain: Plain, times: number): Promise<void> {
  const { from, to } = month
  const one = { clientId, from, to }
  const target = targets.client
  const sum = await ask({ name, target, times, ask: () => summarizeUsage(database, { ...one, by: 'all' }) })
  await ask({ name: `${name}, by model`, target, times, ask: () => summarizeUsage(database, { ...one, by: 'model' }) })
  await ask({ name: `${name}, day by day`, target, times, ask: () => summarizeDays(database, { ...one, timeZone }) })
  await ask({
    name: `${name}, day by day in Kolkata`,
    times: timesPlain,
    ask: () => summarizeDays(database, { ...one, timeZone: 'Asia/Kolkata' }),
  })
  await ask({ name: `${name}, p50 and p95`, times, ask: async () => [{ calls: (await findLatency(database, one))?.answers ?? 0n }] })
  const rows = await ask({ name: `${name}, plain query`, times: timesPlain, ask: plain('client_id = $3 and', [from, to, clientId]) })
  if (rows !== sum) throw new Error(`the summary has ${sum} calls and the plain query ${rows}`)
}

async function measureAll(database: Database, { from, to, half }: Month, plain: Plain, times: number): Promise<void> {
  const name = 'month of all clients'
  const target = targets.all
  const sum = await ask({ name, target, times, ask: () => summarizeUsage(database, { from, to, by: 'all' }) })
  await ask({ name: `${name}, one by one`, target, times, ask: () => summarizeUsage(database, { from, to, by: 'client' }) })
  await ask({ name: `${name}, by model`, times, ask: () => summarizeUsage(database, { from, to, by: 'model' }) })
  await ask({ name: `${name}, from half past in UTC`, target, times, ask: () => summarizeUsage(database, { from: half, to, by: 'all' }) })
  await ask({ name: `${name}, day by day`, times: timesPlain, ask: () => summarizeDays(database, { from, to, timeZone }) })
  await ask({
    name: `${name}, p50 and p95`,
    times: timesPlain,
    ask: async () => [{ calls: (await findLatency(database, { from, to }))?.answers ?? 0n }],
  })
  const rows = await ask({ name: `${name}, plain query`, times: timesPlain, ask: plain('', [from, to]) })
  if (rows !== sum) throw new Error(`the summary has ${sum} calls and the plain query ${rows}`)
}

export async function benchmarkAnalytics(args: string[]): Promise<void> {
  const { values: options } = parseArgs({
    args,
    options: {
      rows: { type: 'string', default: '10000000' },
      clients: { type: 'string', default: '1000' },
      times: { type: 'string', default: '15' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (options.help) {
    console.log(help)
    return
  }
  await withBenchDatabase(async (database) => {
    await fill(database, Number(options.rows), Number(options.clients))
    await check(database)
    await describe(database)
    await measure(database, Number(options.times))
  })
}

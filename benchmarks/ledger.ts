// `npm run bench -- ledger`: what one hot hard budget admits and settles a second, beside the ways that were not taken, and by how much
// each lets it overshoot. Starts a PostgreSQL of its own, with fsync on. Figures: docs/benchmarks.md.
import { mkdtemp } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Database } from '../src/database/index.ts'
import { openLedger } from '../src/ledger/index.ts'
import { newId } from '../src/shared/id.ts'
import { silentLog } from '../src/shared/log.ts'
import { addBudget, addClient, findUnbalanced, recordOf, requestOf } from '../tests/_support/ledger.ts'
import { median, spread } from './overhead/figures.ts'
import { withBenchDatabase } from './with-bench-database.ts'

const help = `npm run bench -- ledger [options]: what one hot hard budget admits and settles a second, without HTTP

  --runs N     runs of each way, in turns (5)
  --seconds N  length of a run (4)
  --only-ours  leaves out the ways that were not taken`

const tokensACall = 10
const target = 5_000
/** How long the provider takes in the runs that measure overshoot: between a check and what is added afterwards, others check too. */
const providerMs = 20
/** The overshoot runs: so many calls at once on a budget that pays for `paidFor`. */
const rush = { calls: 2_000, paidFor: 100 }

/** `admit` answers how the call is settled, or undefined where it is refused. */
interface Run {
  admit(): Promise<(() => Promise<void>) | undefined>
  close(): Promise<void>
}

interface Way {
  name: string
  concurrency: number
  open(database: Database, dir: string, clientId: string, budgetId: string): Promise<Run>
}

interface Figures {
  callsASecond: number
  p50: number
  p99: number
  overshoot: number
}

function callJson(clientId: string): string {
  const bound = { fixed: '0', per_million: '1000000' }
  const estimate = { source: 'test', api_type: 'chat', provider: 'openai', model_name: 'm' }
  const call = {
    call_id: newId(),
    client_id: clientId,
    ttl_ms: 60_000,
    output: tokensACall,
    min_output: tokensACall,
    bounds: { tokens: bound },
    estimate,
  }
  return JSON.stringify(call)
}

function recordJson(clientId: string, callId: string, admittedAt: string): string {
  return JSON.stringify({
    call_id: callId,
    client_id: clientId,
    created_at: admittedAt,
    source: 'test',
    api_type: 'chat',
    provider: 'openai',
    model_name: 'm',
    input_tokens: 0,
    output_tokens: tokensACall,
    cached_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    total_tokens: tokensACall,
    latency_ms: 400 + Math.floor(Math.random() * 2_000),
    was_cached: false,
    was_fallback: false,
    attempts: [],
    flags: [],
    status: 'ok',
    cost_usd: '0.000001',
    cost_brl: '0.0000055',
  })
}

const insertRow = `insert into gateway_usage_logs (call_id, client_id, provider, model_name, total_tokens, status, created_at)
  values ($1, $2, 'openai', 'm', $3, 'ok', now())`

const ways: Way[] = [
  {
    name: 'group reserve, batched settle (ours)',
    concurrency: 200,
    async open(database, dir, clientId) {
      const spoolDir = await mkdtemp(join(dir, 'spool-'))
      const ledger = await openLedger({ database, replica: 'bench', log: silentLog, spoolDir, expireEveryMs: 3_600_000 })
      return {
        async admit() {
          const admission = await ledger
            .reserve(requestOf(clientId, { outputTokens: tokensACall, minOutputTokens: tokensACall }))
            .catch(() => undefined)
          return admission && (() => ledger.settle(recordOf(clientId, admission, tokensACall)))
        },
        close: () => ledger.close(),
      }
    },
  },
  {
    name: 'the same functions, one call a statement',
    concurrency: 50,
    async open(database, _dir, clientId) {
      return {
        async admit() {
          const [row] = await database.query<{ result: { call_id: string; outcome: string; admitted_at: string }[] }>(
            'select ledger_reserve($1::jsonb, $2) as result',
            [`[${callJson(clientId)}]`, 'bench'],
          )
          const [reply] = row?.result ?? []
          if (reply?.outcome !== 'admitted') return undefined
          return async () => {
            await database.query('select ledger_settle($1::jsonb)', [`[${recordJson(clientId, reply.call_id, reply.admitted_at)}]`])
          }
        },
        close: async () => {},
      }
    },
  },
  {
    name: 'one conditional update a call',
    concurrency: 50,
    async open(database, _dir, clientId, budgetId) {
      await makePeriod(database, budgetId)
      return {
        async admit() {
          const held = await database.query(
            'update budget_periods set reserved = reserved + $2 where budget_id = $1 and used + reserved + $2 <= "limit" returning 1',
            [budgetId, tokensACall],
          )
          if (held.length === 0) return undefined
          return () => book(database, clientId, budgetId, 'used = used + $2, reserved = reserved - $2')
        },
        close: async () => {},
      }
    },
  },
  {
    name: 'check, call, add (select, then update)',
    concurrency: 50,
    async open(database, _dir, clientId, budgetId) {
      await makePeriod(database, budgetId)
      return {
        async admit() {
          const fits = await database.query('select 1 from budget_periods where budget_id = $1 and used + $2 <= "limit"', [
            budgetId,
            tokensACall,
          ])
          return fits.length === 0 ? undefined : () => book(database, clientId, budgetId, 'used = used + $2')
        },
        close: async () => {},
      }
    },
  },
]

async function book(database: Database, clientId: string, budgetId: string, change: string): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.query(insertRow, [newId(), clientId, tokensACall])
    await tx.query(`update budget_periods set ${change} where budget_id = $1`, [budgetId, tokensACall])
  })
}

async function makePeriod(database: Database, budgetId: string): Promise<void> {
  await database.query(
    `insert into budget_periods (budget_id, period_start, period_end, "limit")
     select id, date_trunc('day', now()), now() + interval '1 day', limit_amount from budgets where id = $1`,
    [budgetId],
  )
}

async function measure(way: Way, database: Database, dir: string, seconds: number): Promise<Figures> {
  const clientId = await addClient(database)
  const budgetId = await addBudget(database, clientId, { limit: 1_000_000_000 })
  const run = await way.open(database, dir, clientId, budgetId)
  const latencies: number[] = []
  const began = performance.now()
  await Promise.all(
    Array.from({ length: way.concurrency }, async () => {
      while (performance.now() - began < seconds * 1_000) {
        const from = performance.now()
        const settle = await run.admit()
        if (!settle) throw new Error(`${way.name}: refused, and the budget is not used up`)
        await settle()
        latencies.push(performance.now() - from)
      }
    }),
  )
  // Until the last of them is booked.
  await run.close()
  const elapsed = (performance.now() - began) / 1_000
  await expectBooked(database, clientId, latencies.length)
  latencies.sort((a, b) => a - b)
  return {
    callsASecond: latencies.length / elapsed,
    p50: latencies[latencies.length >> 1] ?? 0,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    overshoot: await measureOvershoot(way, database, dir),
  }
}

/** How far past its limit the budget ends, in percent. */
async function measureOvershoot(way: Way, database: Database, dir: string): Promise<number> {
  const clientId = await addClient(database)
  const budgetId = await addBudget(database, clientId, { limit: rush.paidFor * tokensACall })
  const run = await way.open(database, dir, clientId, budgetId)
  let left = rush.calls
  let admitted = 0
  await Promise.all(
    Array.from({ length: 200 }, async () => {
      while (left > 0) {
        left -= 1
        const settle = await run.admit()
        if (!settle) continue
        admitted += 1
        await delay(providerMs)
        await settle()
      }
    }),
  )
  await run.close()
  await expectBooked(database, clientId, admitted)
  return ((admitted - rush.paidFor) / rush.paidFor) * 100
}

/** A benchmark that lost rows would be one of something else. */
async function expectBooked(database: Database, clientId: string, calls: number): Promise<void> {
  const [row] = await database.query<{ rows: number; used: bigint }>(
    `select (select count(*)::int from gateway_usage_logs where client_id = $1) as rows,
       (select sum(p.used) from budget_periods p join budgets b on b.id = p.budget_id where b.client_id = $1)::bigint as used`,
    [clientId],
  )
  if (row?.rows !== calls || row.used !== BigInt(calls * tokensACall)) {
    throw new Error(`${calls} calls, ${row?.rows} rows, counter ${row?.used}`)
  }
}

/** The two functions alone, on an idle server: what a group costs, and what of it is rollups. */
async function measureFunctions(database: Database): Promise<Record<string, string>[]> {
  const lines: Record<string, string>[] = []
  for (const [label, clients, budgets] of [
    ['one client, one budget', 1, 1],
    ['one client, three budgets', 1, 3],
    ['50 clients, two budgets each', 50, 2],
  ] as const) {
    const ids: string[] = []
    for (let index = 0; index < clients; index += 1) {
      const id = await addClient(database)
      ids.push(id)
      for (const [type, period] of (
        [
          ['tokens', 'daily'],
          ['usd', 'monthly'],
          ['brl', 'monthly'],
        ] as const
      ).slice(0, budgets)) {
        await addBudget(database, id, { type, period, limit: 1_000_000_000 })
      }
    }
    lines.push({ load: label, ...(await timeFunctions(database, ids)) })
  }
  return lines
}

async function timeFunctions(database: Database, clients: string[]): Promise<Record<string, string>> {
  const batches: string[][] = []
  const reserveMs: number[] = []
  const bound = { fixed: '0', per_million: '1000000' }
  for (let round = 0; round < 176; round += 1) {
    const calls = Array.from({ length: 50 }, (_, index) => ({
      ...(JSON.parse(callJson(clients[index % clients.length] ?? '')) as { client_id: string }),
      bounds: { tokens: bound, usd: bound, brl: bound },
    }))
    const from = performance.now()
    const [row] = await database.query<{ result: { call_id: string; admitted_at: string }[] }>(
      'select ledger_reserve($1::jsonb, $2) as result',
      [JSON.stringify(calls), 'bench'],
    )
    reserveMs.push(performance.now() - from)
    batches.push((row?.result ?? []).map((reply, index) => recordJson(calls[index]?.client_id ?? '', reply.call_id, reply.admitted_at)))
  }
  const records = batches.flat()
  // In turns with rollups and without, so that whatever else changes on the machine changes for both.
  const settle = async (size: number, rounds: number): Promise<{ with: number; without: number }> => {
    const times: { with: number[]; without: number[] } = { with: [], without: [] }
    for (let round = 0; round < rounds; round += 1) {
      const kind = round % 2 === 0 ? 'with' : 'without'
      await database.query(`alter table gateway_usage_logs ${kind === 'with' ? 'enable' : 'disable'} trigger roll_up_usage`)
      const batch = `[${records.splice(0, size).join(',')}]`
      const from = performance.now()
      await database.query('select ledger_settle($1::jsonb)', [batch])
      times[kind].push(performance.now() - from)
    }
    await database.query('alter table gateway_usage_logs enable trigger roll_up_usage')
    return { with: median(times.with), without: median(times.without) }
  }
  const fifty = await settle(50, 36)
  const fiveHundred = await settle(500, 14)
  const ms = (time: number) => `${time.toFixed(1)} ms`
  return {
    'reserve 50': ms(median(reserveMs)),
    'settle 50': ms(fifty.with),
    'without rollups': ms(fifty.without),
    'settle 500': ms(fiveHundred.with),
    'without them': ms(fiveHundred.without),
  }
}

function report(measured: Map<Way, Figures[]>): void {
  console.log(`\nmin / median / max of the runs`)
  for (const [way, runs] of measured) {
    const line = (label: string, figure: (run: Figures) => number, digits: number) =>
      console.log(`  ${label.padEnd(44)} ${spread(runs.map(figure), digits)}`)
    console.log(`\n${way.name}, ${way.concurrency} at once`)
    line(`calls a second, admitted and booked${way === ways[0] ? ` (target: ${target})` : ''}`, (run) => run.callsASecond, 0)
    line('p50 of a call, ms', (run) => run.p50, 1)
    line('p99 of a call, ms', (run) => run.p99, 1)
    line(`overshoot of a budget for ${rush.paidFor} calls, %`, (run) => run.overshoot, 0)
  }
}

export async function benchmarkLedger(args: string[]): Promise<void> {
  const { values: options } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      'only-ours': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (options.help) {
    console.log(help)
    return
  }
  await withBenchDatabase(async (database, dir) => {
    console.log('median of a statement, with nothing else going on:')
    console.table(await measureFunctions(database))
    const measured = new Map<Way, Figures[]>((options['only-ours'] ? ways.slice(0, 1) : ways).map((way) => [way, []]))
    for (let run = 1; run <= Number(options.runs); run += 1) {
      for (const [way, runs] of measured) {
        const figures = await measure(way, database, dir, Number(options.seconds))
        runs.push(figures)
        const rate = `${Math.round(figures.callsASecond)} a second, overshoot ${figures.overshoot.toFixed(0)} %`
        console.log(`  run ${run}: ${way.name.padEnd(42)} ${rate}, load ${loadavg()[0]?.toFixed(1)}`)
      }
    }
    report(measured)
    const unbalanced = (await findUnbalanced(database)).length
    // The two ways beside ours write rows without charges, so that no sum of charges can be their counter.
    if (options['only-ours'] && unbalanced > 0) throw new Error(`${unbalanced} budgets are not the sum of their rows`)
  })
}

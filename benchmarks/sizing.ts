// `npm run bench -- sizing`: what a call costs PostgreSQL with a million clients, and what that makes of ten thousand calls a second. The
// first part is measured, the second is arithmetic on it: docs/operations.md says what may be concluded.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ClientDirectory } from '../src/clients/index.ts'
import type { Database, Queryable } from '../src/database/index.ts'
import { openLedger } from '../src/ledger/index.ts'
import { systemClock } from '../src/shared/clock.ts'
import { newId } from '../src/shared/id.ts'
import { silentLog } from '../src/shared/log.ts'
import { Outage } from '../src/shared/remembered.ts'
import { summarizeUsage } from '../src/usage/index.ts'
import { recordOf, requestOf } from '../tests/_support/ledger.ts'
import { roll } from './analytics.ts'
import { percentile, spread } from './overhead/figures.ts'
import { withBenchDatabase } from './with-bench-database.ts'

const help = `npm run bench -- sizing [options]: a million clients in PostgreSQL, and a model of ten thousand calls a second

  --clients N      clients, each with a key and a hard budget (1000000)
  --rows N         calls of this month that are in the books already (1000000)
  --seconds N      length of a run of reserving and settling (15)
  --gateway-us N   processor time of one call in the gateway, from npm run bench (310)
  --model-only     the arithmetic alone, with --postgres-us, --wal-bytes and --row-bytes as they were measured`

const inFlight = 64
const lookUps = 10_000
const ratesASecond = [10, 100, 1_000, 3_000, 10_000]
/** Nothing is to be busier than this: above it, what waits grows faster than what is done. */
const mostBusy = 0.6

interface Costs {
  gatewayUs: number
  postgresUs: number
  walBytes: number
  rowBytes: number
}

export async function benchmarkSizing(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      clients: { type: 'string', default: '1000000' },
      rows: { type: 'string', default: '1000000' },
      seconds: { type: 'string', default: '15' },
      'gateway-us': { type: 'string', default: '310' },
      'postgres-us': { type: 'string', default: '0' },
      'wal-bytes': { type: 'string', default: '0' },
      'row-bytes': { type: 'string', default: '0' },
      'model-only': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(help)
  const gatewayUs = Number(values['gateway-us'])
  if (values['model-only']) {
    const [postgresUs, walBytes, rowBytes] = [values['postgres-us'], values['wal-bytes'], values['row-bytes']].map(Number)
    return printModel({ gatewayUs, postgresUs: postgresUs ?? 0, walBytes: walBytes ?? 0, rowBytes: rowBytes ?? 0 })
  }
  await withBenchDatabase(async (database, dir) => {
    const clients = Number(values.clients)
    await fillClients(database, Number(values.rows), clients)
    await measureLookUps(database, clients)
    await measureSums(database)
    const seconds = Number(values.seconds)
    await measureCalls(database, dir, { among: Math.min(1_000, clients), seconds })
    printModel({ gatewayUs, ...(await measureCalls(database, dir, { among: clients, seconds })) })
  })
}

/** Made so that nobody has to keep a million keys: from the client's number. */
function keyOf(number: number): string {
  return `ctk_${String(number).padStart(43, '0')}`
}

async function fillClients(database: Database, rows: number, clients: number): Promise<void> {
  const began = performance.now()
  await database.transaction(async (tx) => {
    // Nothing else runs: nobody has to be told of a million changes one by one.
    await tx.query('set local session_replication_role = replica')
    await tx.query(
      `insert into clients (name, slug, plan, time_zone) select 'c' || n, 'c-' || n, 'none', 'America/Sao_Paulo' from generate_series(1, $1::int) n`,
      [clients],
    )
    await tx.query(
      `insert into client_api_keys (client_id, name, prefix, hash)
       select id, 'bench', 'ctk_bench', sha256(convert_to('ctk_' || lpad(substr(slug, 3), 43, '0'), 'UTF8')) from clients where slug like 'c-%'`,
    )
    await tx.query(
      `insert into budgets (client_id, budget_type, budget_limit, budget_period, pause_at_limit)
       select id, 'tokens', 1e9, 'monthly', true from clients where slug like 'c-%'`,
    )
    await fillMonth(tx, rows, clients)
  })
  await roll(database)
  for (const table of ['clients', 'client_api_keys', 'budgets']) await database.query(`vacuum analyze ${table}`)
  console.log(
    `${clients} clients with a key and a hard budget each, ${rows} calls of this month in all, in ${((performance.now() - began) / 1_000).toFixed(0)} s`,
  )
}

/** Without the triggers that make rollups: those are made from the rows afterwards. */
async function fillMonth(tx: Queryable, rows: number, clients: number): Promise<void> {
  const [month] = await tx.query<{ name: string }>(`select usage_month_name(date_trunc('month', now(), 'UTC')) as name`)
  await tx.query(
    `insert into ${month?.name} (call_id, client_id, provider, model_name, via, input_tokens, output_tokens, total_tokens, latency_ms,
       cost_usd, cost_brl, usd_brl_rate, rate_source, attempts, status, charges, created_at)
     select gen_random_uuid(), c.id, 'openai', 'gpt-4o-mini', 'vercel', 200, 250, 450, 900,
       0.00018, 0.00097, 5.4, 'ptax', '[]', 'ok', '[]', date_trunc('month', now(), 'UTC') + random() * interval '20 days'
     from (select id, row_number() over () as n from clients where slug like 'c-%') c, generate_series(1, greatest(1, $1::int / $2::int)) where c.n <= $1::int`,
    [rows, clients],
  )
}

/** Nothing is remembered yet, so each asks for the key and for its client. */
async function measureLookUps(database: Database, clients: number): Promise<void> {
  const directory = new ClientDirectory({ database, clock: systemClock, log: silentLog, outage: new Outage() })
  const taken: number[] = []
  let late = 0
  const began = performance.now()
  await many(lookUps, async () => {
    const from = performance.now()
    // On a machine that is too busy some wait longer than a call would: their time counts all the same.
    await directory.authenticate(keyOf(1 + Math.floor(Math.random() * clients))).catch(() => (late += 1))
    taken.push(performance.now() - from)
  })
  const rate = lookUps / ((performance.now() - began) / 1_000)
  console.log(
    `\nkeys not remembered, ${inFlight} at once: ${rate.toFixed(0)} a second, ${percentiles(taken)}, ${late} given up after a second`,
  )
}

async function measureSums(database: Database): Promise<void> {
  const [month] = await database.query<{ from: Date; to: Date; id: string }>(
    `select date_trunc('month', now(), 'UTC') as from, date_trunc('month', now(), 'UTC') + interval '1 month' as to,
       (select id from clients where slug = 'c-1') as id`,
  )
  if (!month) return
  const { from, to, id: clientId } = month
  const questions = [
    ['this month of the largest client', () => summarizeUsage(database, { clientId, from, to, by: 'all' })],
    ['this month of all clients', () => summarizeUsage(database, { from, to, by: 'all' })],
  ] as const
  for (const [name, ask] of questions) {
    const taken: number[] = []
    for (let time = 0; time < 6; time += 1) {
      const began = performance.now()
      await ask()
      if (time > 0) taken.push(performance.now() - began)
    }
    console.log(`${name}: ${spread(taken, 1)} ms`)
  }
}

/** Reserve and settle without HTTP: what a call asks of PostgreSQL. */
async function measureCalls(
  database: Database,
  dir: string,
  { among, seconds }: { among: number; seconds: number },
): Promise<Omit<Costs, 'gatewayUs'>> {
  const ids = (await database.query<{ id: string }>(`select id from clients where slug like 'c-%' limit $1`, [among])).map(({ id }) => id)
  const spoolDir = join(dir, `spool-${among}`)
  const ledger = await openLedger({ database, replica: 'sizing', log: silentLog, spoolDir, expireEveryMs: 5_000 })
  const before = await readCosts(database)
  const taken: number[] = []
  const until = performance.now() + seconds * 1_000
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (performance.now() < until) {
        const clientId = ids[Math.floor(Math.random() * ids.length)] ?? ''
        const from = performance.now()
        const admission = await ledger.reserve(requestOf(clientId, { callId: newId(), patienceMs: 2_000 })).catch(() => undefined)
        taken.push(performance.now() - from)
        if (!admission) continue
        await ledger.settle(recordOf(clientId, admission, 100))
      }
    }),
  )
  await ledger.close()
  const after = await readCosts(database)
  const calls = taken.length
  const costs = {
    postgresUs: ((after.cpuMs - before.cpuMs) * 1_000) / calls,
    walBytes: (after.wal - before.wal) / calls,
    rowBytes: (after.rows - before.rows) / calls,
  }
  console.log(
    `reserve and settle among ${among} clients, ${inFlight} at once: ${(calls / seconds).toFixed(0)} calls a second, reserve ${percentiles(taken)}; ` +
      `a call takes ${costs.postgresUs.toFixed(0)} µs of PostgreSQL's processors, ${costs.walBytes.toFixed(0)} bytes of WAL, ${costs.rowBytes.toFixed(0)} of tables`,
  )
  return costs
}

async function readCosts(database: Database): Promise<{ cpuMs: number; wal: number; rows: number }> {
  const [row] = await database.query<{ wal: string; rows: string; postmaster: string }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as wal,
       (select sum(pg_total_relation_size(relid)) from pg_partition_tree('gateway_usage_logs'))::text as rows,
       split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as postmaster`,
  )
  return { cpuMs: await processorMs(Number(row?.postmaster)), wal: Number(row?.wal), rows: Number(row?.rows) }
}

/** Of a process, of the children that it has, and of those that it had: fields 14 to 17 of their stat, in hundredths of a second. */
async function processorMs(parent: number): Promise<number> {
  let ticks = 0
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '') : ''
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const isParent = Number(name) === parent
    if (!isParent && Number(fields[1]) !== parent) continue
    ticks += Number(fields[11]) + Number(fields[12])
    if (isParent) ticks += Number(fields[13]) + Number(fields[14])
  }
  return ticks * 10
}

function printModel({ gatewayUs, postgresUs, walBytes, rowBytes }: Costs): void {
  console.log(
    `\nmodel: ${gatewayUs.toFixed(0)} µs a call in the gateway, ${postgresUs.toFixed(0)} µs in PostgreSQL, nothing busier than ${mostBusy * 100} %`,
  )
  console.log('calls a second | gateway processors | PostgreSQL processors | WAL MB/s | rows a month | tables a month')
  for (const rate of ratesASecond) {
    const processors = (us: number) => Math.max(1, Math.ceil((rate * us) / 1e6 / mostBusy))
    const rows = rate * 86_400 * 30
    const cells = [rate, processors(gatewayUs), processors(postgresUs), ((rate * walBytes) / 1e6).toFixed(2)]
    console.log([...cells, `${(rows / 1e6).toFixed(0)} million`, `${((rows * rowBytes) / 1e9).toFixed(0)} GB`].join(' | '))
  }
}

async function many(count: number, run: () => Promise<void>): Promise<void> {
  let left = count
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        left -= 1
        await run()
      }
    }),
  )
}

function percentiles(taken: number[]): string {
  const sorted = taken.toSorted((a, b) => a - b)
  return `p50 ${percentile(sorted, 0.5).toFixed(1)} ms, p99 ${percentile(sorted, 0.99).toFixed(1)} ms`
}

// `node benchmarks/ledger.ts [seconds]`: what one hot hard budget admits and settles a second, beside the ways that were not taken, and
// by how much each lets it overshoot. Starts a PostgreSQL of its own, with fsync on.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, migrate, openDatabase, startEmbedded } from '../src/database/index.ts'
import { type Ledger, openLedger } from '../src/ledger/index.ts'
import { newId } from '../src/shared/id.ts'
import { silentLog } from '../src/shared/log.ts'
import { addBudget, addClient, recordOf, requestOf } from '../tests/_support/ledger.ts'

const seconds = Number(process.argv[2] ?? 4)
const tokensACall = 10

interface Way {
  name: string
  concurrency: number
  /** Returns what `call` needs and how to end. `call` answers whether the call was admitted. */
  open(clientId: string, budgetId: string): Promise<{ call(): Promise<boolean>; close(): Promise<void> }>
}

async function openLedgerWay(clientId: string): Promise<{ ledger: Ledger; call(): Promise<boolean>; close(): Promise<void> }> {
  const spoolDir = await mkdtemp(join(dir, 'spool-'))
  const ledger = await openLedger({ database, replica: 'bench', log: silentLog, spoolDir, expireEveryMs: 3_600_000 })
  return {
    ledger,
    async call() {
      const admission = await ledger
        .reserve(requestOf(clientId, { outputTokens: tokensACall, minOutputTokens: tokensACall }))
        .catch(() => undefined)
      if (admission) await ledger.settle(recordOf(clientId, admission, tokensACall))
      return admission !== undefined
    },
    close: () => ledger.close(),
  }
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
  { name: 'group reserve, batched settle (ours)', concurrency: 200, open: (clientId) => openLedgerWay(clientId) },
  {
    name: 'the same functions, one call a statement',
    concurrency: 50,
    async open(clientId) {
      return {
        async call() {
          const [row] = await database.query<{ result: { call_id: string; outcome: string; admitted_at: string }[] }>(
            'select ledger_reserve($1::jsonb, $2) as result',
            [`[${callJson(clientId)}]`, 'bench'],
          )
          const [reply] = row?.result ?? []
          if (reply?.outcome !== 'admitted') return false
          await database.query('select ledger_settle($1::jsonb)', [`[${recordJson(clientId, reply.call_id, reply.admitted_at)}]`])
          return true
        },
        close: async () => {},
      }
    },
  },
  {
    name: 'one conditional update a call',
    concurrency: 50,
    async open(clientId, budgetId) {
      await makePeriod(budgetId)
      return {
        async call() {
          const held = await database.query(
            'update budget_periods set reserved = reserved + $2 where budget_id = $1 and used + reserved + $2 <= "limit" returning 1',
            [budgetId, tokensACall],
          )
          if (held.length === 0) return false
          await database.transaction(async (tx) => {
            await tx.query(insertRow, [newId(), clientId, tokensACall])
            await tx.query('update budget_periods set reserved = reserved - $2, used = used + $2 where budget_id = $1', [
              budgetId,
              tokensACall,
            ])
          })
          return true
        },
        close: async () => {},
      }
    },
  },
  {
    name: 'check, call, add (select, then update)',
    concurrency: 50,
    async open(clientId, budgetId) {
      await makePeriod(budgetId)
      return {
        async call() {
          const fits = await database.query('select 1 from budget_periods where budget_id = $1 and used + $2 <= "limit"', [
            budgetId,
            tokensACall,
          ])
          if (fits.length === 0) return false
          await database.transaction(async (tx) => {
            await tx.query(insertRow, [newId(), clientId, tokensACall])
            await tx.query('update budget_periods set used = used + $2 where budget_id = $1', [budgetId, tokensACall])
          })
          return true
        },
        close: async () => {},
      }
    },
  },
]

async function makePeriod(budgetId: string): Promise<void> {
  await database.query(
    `insert into budget_periods (budget_id, period_start, period_end, "limit")
     select id, date_trunc('day', now()), now() + interval '1 day', limit_amount from budgets where id = $1`,
    [budgetId],
  )
}

async function measure(way: Way, database: Database): Promise<Record<string, number | string>> {
  const clientId = await addClient(database)
  const budgetId = await addBudget(database, clientId, { limit: 1_000_000_000 })
  const run = await way.open(clientId, budgetId)
  const latencies: number[] = []
  const began = performance.now()
  const workers = Array.from({ length: way.concurrency }, async () => {
    while (performance.now() - began < seconds * 1_000) {
      const from = performance.now()
      await run.call()
      latencies.push(performance.now() - from)
    }
  })
  await Promise.all(workers)
  await run.close()
  const elapsed = (performance.now() - began) / 1_000
  latencies.sort((a, b) => a - b)
  return {
    'calls a second, booked': Math.round(latencies.length / elapsed),
    'p50 ms': Number((latencies[latencies.length >> 1] ?? 0).toFixed(1)),
    'p99 ms': Number((latencies[Math.floor(latencies.length * 0.99)] ?? 0).toFixed(1)),
    ...(await measureOvershoot(way, database)),
  }
}

/** 2,000 calls at once on a budget for exactly 100. */
async function measureOvershoot(way: Way, database: Database): Promise<Record<string, string>> {
  const clientId = await addClient(database)
  const budgetId = await addBudget(database, clientId, { limit: 100 * tokensACall })
  const run = await way.open(clientId, budgetId)
  let left = 2_000
  let admitted = 0
  const workers = Array.from({ length: way.concurrency }, async () => {
    while (left > 0) {
      left -= 1
      if (await run.call()) admitted += 1
    }
  })
  await Promise.all(workers)
  await run.close()
  return { 'admitted of 100': String(admitted), overshoot: `${admitted - 100} %` }
}

/** The two functions alone, on an idle server: what a group costs. */
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
  const rounds = 40
  const batches: string[][] = []
  const reserveMs: number[] = []
  const bound = { fixed: '0', per_million: '1000000' }
  for (let round = 0; round < rounds; round += 1) {
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
  const settle = async (size: number, records: string[]): Promise<string> => {
    const times: number[] = []
    while (records.length > 0) {
      const batch = `[${records.splice(0, size).join(',')}]`
      const from = performance.now()
      await database.query('select ledger_settle($1::jsonb)', [batch])
      times.push(performance.now() - from)
    }
    return `${median(times).toFixed(1)} ms`
  }
  const half = batches.length >> 1
  return {
    'reserve 50': `${median(reserveMs).toFixed(1)} ms`,
    'settle 50': await settle(50, batches.slice(0, half).flat()),
    'settle 500': await settle(500, batches.slice(half).flat()),
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

const dir = await mkdtemp(join(tmpdir(), 'catraca-bench-'))
// PostgreSQL's own user must reach it, or the cluster would lie elsewhere.
await chmod(dir, 0o755)
const server = await startEmbedded({ dataDir: dir })
const database = openDatabase({ url: server.url })
try {
  await migrate(database)
  console.table(await measureFunctions(database))
  for (const way of ways) console.table({ [way.name]: await measure(way, database) })
} finally {
  await database.close()
  await server.stop()
  await rm(dir, { recursive: true, force: true })
}

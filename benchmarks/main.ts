// `npm run bench [-- overhead | ledger | analytics | pages | sizing] [options]`. Without a word, or with `overhead`: what one call costs in the gateway beside a
// bare proxy in the same run. How each is measured, and what it was: docs/benchmarks.md.
import { readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../src/database/index.ts'
import { benchmarkAnalytics } from './analytics.ts'
import { benchmarkLedger } from './ledger.ts'
import { startChild } from './overhead/child.ts'
import { spread } from './overhead/figures.ts'
import type { GatewayReady } from './overhead/gateway.ts'
import { measurePairs, type Pair, type Side } from './overhead/measure.ts'
import { chunksAStream, streamedCall, wholeCall } from './overhead/sample-call.ts'
import { type Load, sendCalls } from './overhead/send-calls.ts'
import { benchmarkPages } from './pages.ts'
import { benchmarkSizing } from './sizing.ts'

const targetRatio = 1.6
const targetHitRatio = 0.6

/** Until then V8 still compiles, and the gateway has more to compile than the bare proxy. */
const warmUp = { body: wholeCall, calls: 20_000, pace: { atOnce: 32 } }

const [part, ...partArgs] = process.argv.slice(2)
const others: Record<string, (args: string[]) => Promise<void>> = {
  ledger: benchmarkLedger,
  analytics: benchmarkAnalytics,
  pages: benchmarkPages,
  sizing: benchmarkSizing,
}
const other = others[part ?? '']
if (other) {
  await other(partArgs)
  process.exit(0)
}

const { values: options } = parseArgs({
  args: part === 'overhead' ? partArgs : process.argv.slice(2),
  options: {
    rounds: { type: 'string', default: '7' },
    calls: { type: 'string', default: '2000' },
    quick: { type: 'boolean', default: false },
    beside: { type: 'string', default: 'bare' },
    profile: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (options.help) {
  console.log(`npm run bench -- [overhead] [options]: what one call costs in the gateway beside a proxy that only forwards, in the same run.

  --quick           half a minute: fewer rounds and calls
  --rounds N        pairs of rounds of each load (7)
  --calls N         calls of a round (2000)
  --beside KIND     bare or piped: which proxy stands beside the gateway (bare)
  --profile FOLDER  write a .cpuprofile of the gateway's process there

npm run bench -- ledger [--help]: what one hot hard budget admits and settles a second, beside the ways that were not taken
npm run bench -- analytics [--help]: a month of ten million rows, summed by rollups and by the rows
npm run bench -- pages [--help]: what the dashboard asks for, over a million rows
npm run bench -- sizing [--help]: a million clients in PostgreSQL, and a model of ten thousand calls a second

Figures and method: docs/benchmarks.md`)
  process.exit(0)
}
const rounds = options.quick ? 3 : Number(options.rounds)
const calls = options.quick ? 1_000 : Number(options.calls)
const fewerRounds = Math.min(rounds, 5)

interface Scenario {
  title: string
  load: Pick<Load, 'body' | 'calls' | 'pace'>
  rounds: number
  target?: number
  /** Answered from the cache. */
  isHit?: boolean
}

const scenarios: Scenario[] = [
  { title: 'not streamed, 1,000 a second', load: { body: wholeCall, calls, pace: { perSecond: 1_000 } }, rounds, target: targetRatio },
  { title: 'not streamed, 32 at once', load: { body: wholeCall, calls: calls * 2, pace: { atOnce: 32 } }, rounds, target: targetRatio },
  { title: 'not streamed, 200 a second', load: { body: wholeCall, calls: calls / 5, pace: { perSecond: 200 } }, rounds: fewerRounds },
  {
    title: `streamed, ${chunksAStream} chunks, 64 at once`,
    load: { body: streamedCall, calls: calls / 4, pace: { atOnce: 64 } },
    rounds: fewerRounds,
  },
  {
    title: 'cache hit, not streamed, 32 at once',
    load: { body: wholeCall, calls: calls * 2, pace: { atOnce: 32 } },
    rounds: fewerRounds,
    target: targetHitRatio,
    isHit: true,
  },
]

async function runScenario(sides: { bare: Side; gateway: Side }, { title, load, rounds: times, target }: Scenario): Promise<void> {
  console.log(`\n${title} (${times} pairs of ${load.calls} calls each)`)
  for (const side of [sides.bare, sides.gateway]) await sendCalls({ ...load, url: side.url, key: side.key, calls: load.calls / 2 })
  const pairs = await measurePairs(sides, load, times, ({ bare, gateway }, number) => {
    console.log(
      `  pair ${number}: ${options.beside} proxy ${bare.cpuMicros.toFixed(0)} µs, gateway ${gateway.cpuMicros.toFixed(0)} µs a call: ${ratioOf({ bare, gateway }).toFixed(2)} times`,
    )
  })
  report(pairs, target)
}

function ratioOf({ bare, gateway }: Pair): number {
  return gateway.cpuMicros / bare.cpuMicros
}

function report(pairs: Pair[], target: number | undefined): void {
  const line = (label: string, figure: (pair: Pair) => number | undefined, digits: number, unit: string) => {
    const figures = pairs.map(figure).filter((value) => value !== undefined)
    if (figures.length > 0) console.log(`  ${label.padEnd(44)} ${spread(figures, digits)} ${unit}`)
  }
  console.log(`  ${''.padEnd(44)} min / median / max`)
  line(`CPU a call, ${options.beside} proxy`, ({ bare }) => bare.cpuMicros, 0, 'µs')
  line('CPU a call, gateway process', ({ gateway }) => gateway.cpuMicros, 0, 'µs')
  line(`ratio${target === undefined ? '' : ` (target: at most ${target})`}`, ratioOf, 2, 'times')
  line('CPU a call, PostgreSQL beside the gateway', ({ gateway }) => gateway.databaseCpuMicros, 0, 'µs')
  line(`calls a second, ${options.beside} proxy`, ({ bare }) => bare.callsASecond, 0, '')
  line('calls a second, gateway', ({ gateway }) => gateway.callsASecond, 0, '')
  line(`p50, ${options.beside} proxy`, ({ bare }) => bare.p50, 2, 'ms')
  line('p50 added by the gateway', ({ bare, gateway }) => gateway.p50 - bare.p50, 2, 'ms')
  line(`p99, ${options.beside} proxy`, ({ bare }) => bare.p99, 2, 'ms')
  line('p99 added by the gateway', ({ bare, gateway }) => gateway.p99 - bare.p99, 2, 'ms')
}

/** A benchmark of a gateway that lost rows would be one of something else. */
async function checkBooked(databaseUrl: string, logFile: string): Promise<void> {
  const database = openDatabase({ url: databaseUrl, maxConnections: 1 })
  const [row] = await database.query<{ booked: number; held: number }>(
    'select (select count(*)::int from gateway_usage_logs) as booked, (select count(*)::int from budget_holds) as held',
  )
  await database.close()
  const logged = readFileSync(logFile, 'latin1').split('[Usage Tracking] Logged usage').length - 1
  console.log(`\n${row?.booked} rows booked for ${logged} calls, ${row?.held} holds left open`)
  if (row?.booked !== logged || row.held !== 0) throw new Error('the ledger does not agree with the calls that were made')
}

const dir = await mkdtemp(join(tmpdir(), 'catraca-bench-'))
// The server's own account, when we are root, must be able to reach its data.
await chmod(dir, 0o755)
const load = () => `load average ${loadavg()[0]?.toFixed(1)}`
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${load()}`)
const children: { stop(): Promise<void> }[] = []
try {
  const upstream = await startChild<{ url: string }>({ file: 'upstream.ts' })
  children.push(upstream)
  const bare = await startChild<{ url: string }>({ file: `${options.beside}-proxy.ts`, args: [upstream.ready.url] })
  children.push(bare)
  const logFile = join(dir, 'gateway.log')
  const gateway = await startChild<GatewayReady>({
    file: 'gateway.ts',
    args: [dir],
    stdoutFile: logFile,
    execArgv: options.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', options.profile],
    env: {
      ENABLE_AI_GATEWAY: 'true',
      NODE_ENV: 'production',
      PORT: '0',
      CATRACA_DATA_DIR: dir,
      CATRACA_DEMO: 'false',
      USD_BRL_RATE: '5.4321',
      OPENAI_BASE_URL: `${upstream.ready.url}/v1`,
      GROQ_BASE_URL: `${upstream.ready.url}/openai/v1`,
    },
  })
  children.push(gateway)
  const key = gateway.ready.clientKey
  const sides = {
    bare: { name: 'bare', url: bare.ready.url, key, child: bare },
    gateway: { name: 'gateway', url: gateway.ready.url, key, child: gateway, postmasterPid: gateway.ready.postmasterPid },
  } as const
  console.log(`warming up with ${warmUp.calls} calls each`)
  for (const side of [sides.bare, sides.gateway]) await sendCalls({ ...warmUp, url: side.url, key: side.key })
  const hits = { ...sides, gateway: { ...sides.gateway, key: gateway.ready.cachedClientKey } }
  for (const scenario of scenarios) await runScenario(scenario.isHit ? hits : sides, scenario)
  await checkBooked(gateway.ready.databaseUrl, logFile)
  console.log(load())
} finally {
  for (const child of children.toReversed()) await child.stop()
  await rm(dir, { recursive: true, force: true })
}

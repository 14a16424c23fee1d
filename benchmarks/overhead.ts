import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '../src/database/index.ts'
import { type Child, startChild } from './overhead/child.ts'
import { median, spread } from './overhead/figures.ts'
import type { GatewayReady } from './overhead/gateway.ts'
import { measureRounds, type Round, type Rounds, type Side } from './overhead/measure.ts'
import { chunksAStream, streamedCall, wholeCall, withModel } from './overhead/sample-call.ts'
import { type Load, sendCalls } from './overhead/send-calls.ts'
import { startGateway } from './overhead/start-gateway.ts'
import { withBenchFolder } from './with-bench-folder.ts'

const targets = { whole: 1.5, streamed: 1.25, hit: 0.6, p50AddedMs: 3, p99AddedMs: 10 }

/** Until then V8 still compiles, and the gateway has more to compile than the bare proxy. */
const warmUp = { calls: 20_000, pace: { atOnce: 32 } }

const help = `npm run bench -- [overhead] [options]: what one call costs in the gateway beside a proxy that only forwards, in the same run.

  --quick               half a minute: fewer rounds and calls
  --rounds N            rounds of each load and side (7)
  --calls N             calls of a round (2000)
  --beside KIND         bare or piped: which proxy stands beside the gateway (bare)
  --profile FOLDER      write a .cpuprofile of the gateway's process there
  --target URL          another gateway, that has the same load in turns with ours: http://127.0.0.1:4000
  --header 'NAME: VALUE'  sent to it with every call, any number of times: authorization: Bearer sk-…
  --target-model NAME   what it calls the model (openai/gpt-4o-mini)
  --upstream-port N     where our upstream listens, for the other gateway's configuration (any free port)

npm run bench -- memory [--help]: the gateway's memory over a million calls, and how long it takes to start
npm run bench -- ledger [--help]: what one hot hard budget admits and settles a second, beside the ways that were not taken
npm run bench -- analytics [--help]: a month of ten million rows, summed by rollups and by the rows
npm run bench -- pages [--help]: what the dashboard asks for, over a million rows

Figures and method: docs/benchmarks.md`

interface Options {
  rounds: number
  fewerRounds: number
  calls: number
  beside: string
}

interface Scenario {
  title: string
  load: Pick<Load, 'body' | 'calls' | 'pace'>
  rounds: number
  /** Of the gateway's CPU beside the bare proxy's. */
  target?: number
  /** Of what the gateway adds to p50 and p99. */
  addsAtMost?: { p50: number; p99: number }
  isHit?: boolean
}

interface Sides {
  bare: Side
  gateway: Side
  /** Another gateway. */
  target?: Side
}

export async function benchmarkOverhead(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '7' },
      calls: { type: 'string', default: '2000' },
      quick: { type: 'boolean', default: false },
      beside: { type: 'string', default: 'bare' },
      profile: { type: 'string' },
      target: { type: 'string' },
      header: { type: 'string', multiple: true, default: [] },
      'target-model': { type: 'string' },
      'upstream-port': { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(help)
  const rounds = values.quick ? 3 : Number(values.rounds)
  const options: Options = {
    rounds,
    fewerRounds: Math.min(rounds, 5),
    calls: values.quick ? 1_000 : Number(values.calls),
    beside: values.beside,
  }
  await withBenchFolder(async (dir, start) => {
    const upstream = await start(startChild<{ url: string }>({ file: 'upstream.ts', args: [values['upstream-port']] }))
    console.log(`upstream: ${upstream.ready.url}`)
    const bare = await start(startChild<{ url: string }>({ file: `${options.beside}-proxy.ts`, args: [upstream.ready.url] }))
    const logFile = join(dir, 'gateway.log')
    const gateway = await start(startGateway({ dir, upstreamUrl: upstream.ready.url, stdoutFile: logFile, profile: values.profile }))
    const sides = sidesOf(bare, gateway)
    if (values.target !== undefined) sides.target = targetSide(values.target, values.header, values['target-model'])
    await runAll(sides, gateway.ready.cachedClientKey, options)
    await checkBooked(gateway.ready.databaseUrl, logFile)
  })
}

function sidesOf(bare: Child<{ url: string }>, gateway: Child<GatewayReady>): Sides {
  const { url, clientKey, postmasterPid } = gateway.ready
  return {
    bare: { url: bare.ready.url, headers: {}, child: bare },
    gateway: { url, headers: { authorization: `Bearer ${clientKey}` }, child: gateway, postmasterPid },
  }
}

function targetSide(url: string, headers: readonly string[], model: string | undefined): Side {
  const pairs = headers.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
  return { url, headers: Object.fromEntries(pairs), ...(model !== undefined && { rewrite: (body: Buffer) => withModel(body, model) }) }
}

async function runAll(sides: Sides, cachedKey: string, options: Options): Promise<void> {
  const { calls, rounds, fewerRounds } = options
  console.log(`warming up with ${warmUp.calls} calls each`)
  for (const side of Object.values(sides)) await sendCalls({ ...warmUp, ...side, body: side.rewrite?.(wholeCall) ?? wholeCall })
  const whole = { body: wholeCall, calls }
  const run = (scenario: Scenario) => runScenario(sides, scenario, options)
  const target = targets.whole
  await run({ title: 'not streamed, 1,000 a second', load: { ...whole, pace: { perSecond: 1_000 } }, rounds, target })
  const most = await run({ title: 'not streamed, 32 at once', load: { ...whole, calls: calls * 2, pace: { atOnce: 32 } }, rounds, target })
  const half = Math.round(median((most.gateway ?? []).map(({ callsASecond }) => callsASecond)) / 2)
  await run({
    title: `not streamed, ${half} a second: half of the gateway's most`,
    load: { ...whole, calls: Math.min(calls, half * 5), pace: { perSecond: half } },
    rounds,
    addsAtMost: { p50: targets.p50AddedMs, p99: targets.p99AddedMs },
  })
  await run({ title: 'not streamed, 200 a second', load: { ...whole, calls: calls / 5, pace: { perSecond: 200 } }, rounds: fewerRounds })
  await run({
    title: `streamed, ${chunksAStream} chunks, 64 at once`,
    load: { body: streamedCall, calls: calls / 4, pace: { atOnce: 64 } },
    rounds: fewerRounds,
    target: targets.streamed,
  })
  const hits = { bare: sides.bare, gateway: { ...sides.gateway, headers: { authorization: `Bearer ${cachedKey}` } } }
  const load = { ...whole, calls: calls * 2, pace: { atOnce: 32 } }
  await runScenario(hits, { title: 'cache hit, not streamed, 32 at once', load, rounds: fewerRounds, target: targets.hit }, options)
}

async function runScenario(sides: Sides, scenario: Scenario, { beside }: Options): Promise<Rounds> {
  const { title, load, rounds: times } = scenario
  console.log(`\n${title} (${times} rounds of ${load.calls} calls each)`)
  for (const side of Object.values(sides)) {
    await sendCalls({ ...load, ...side, body: side.rewrite?.(load.body) ?? load.body, calls: load.calls / 2 })
  }
  const rounds = await measureRounds(sides, load, times)
  report(rounds, scenario, beside)
  return rounds
}

function report({ bare = [], gateway = [], target = [] }: Rounds, { target: ratio, addsAtMost }: Scenario, beside: string): void {
  const line = (label: string, figures: (number | undefined)[], digits: number, unit: string) => {
    const known = figures.filter((value) => value !== undefined)
    if (known.length > 0) console.log(`  ${label.padEnd(52)} ${spread(known, digits)} ${unit}`)
  }
  const goal = (most: number | undefined, unit: string) => (most === undefined ? '' : ` (target: at most ${most}${unit})`)
  const added = (rounds: Round[], which: 'p50' | 'p99') => rounds.map((round, index) => round[which] - (bare[index]?.[which] ?? 0))
  console.log(`  ${''.padEnd(52)} min / median / max`)
  line(`CPU a call, ${beside} proxy`, bare.map(cpuOf), 0, 'µs')
  line('CPU a call, gateway process', gateway.map(cpuOf), 0, 'µs')
  const ratios = gateway.map(({ cpuMicros = 0 }, index) => cpuMicros / (bare[index]?.cpuMicros ?? 0))
  line(`ratio${goal(ratio, '')}`, ratios, 2, 'times')
  line(
    'CPU a call, PostgreSQL beside the gateway',
    gateway.map(({ databaseCpuMicros }) => databaseCpuMicros),
    0,
    'µs',
  )
  for (const [name, rounds] of [
    [`${beside} proxy`, bare],
    ['gateway', gateway],
    ['--target', target],
  ] as const) {
    line(
      `calls a second, ${name}`,
      rounds.map(({ callsASecond }) => callsASecond),
      0,
      '',
    )
  }
  for (const which of ['p50', 'p99'] as const) {
    line(
      `${which}, ${beside} proxy`,
      bare.map((round) => round[which]),
      2,
      'ms',
    )
    line(`${which} added by the gateway${goal(addsAtMost?.[which], ' ms')}`, added(gateway, which), 2, 'ms')
    line(`${which} added by --target`, added(target, which), 2, 'ms')
  }
}

function cpuOf({ cpuMicros }: Round): number | undefined {
  return cpuMicros
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

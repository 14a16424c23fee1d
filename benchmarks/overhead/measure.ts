import type { Child } from './child.ts'
import { databaseCpuMicros } from './database-cpu.ts'
import { percentile } from './figures.ts'
import { type Load, sendCalls } from './send-calls.ts'

/** One of the two proxies that are compared, running. */
export interface Side {
  name: 'bare' | 'gateway'
  url: string
  key: string
  child: Pick<Child<unknown>, 'cpuMicros'>
  /** Of the gateway's PostgreSQL. */
  postmasterPid?: number
}

export interface Round {
  /** Of the proxy's own process, all threads, for each call. */
  cpuMicros: number
  databaseCpuMicros: number | undefined
  callsASecond: number
  /** From the caller's side, in milliseconds. */
  p50: number
  p99: number
}

/** Background work of the calls before (booking, garbage) must not be counted for the next ones. */
const settleMs = 300

async function measureRound(side: Side, load: Pick<Load, 'body' | 'calls' | 'pace'>): Promise<Round> {
  const cpuBefore = await side.child.cpuMicros()
  const databaseBefore = side.postmasterPid === undefined ? undefined : databaseCpuMicros(side.postmasterPid)
  const began = performance.now()
  const latencies = await sendCalls({ ...load, url: side.url, key: side.key })
  const seconds = (performance.now() - began) / 1_000
  // What a call leaves to be done afterwards is part of its cost.
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  const cpuAfter = await side.child.cpuMicros()
  const databaseAfter = side.postmasterPid === undefined ? undefined : databaseCpuMicros(side.postmasterPid)
  return {
    cpuMicros: (cpuAfter - cpuBefore) / load.calls,
    databaseCpuMicros:
      databaseBefore === undefined || databaseAfter === undefined ? undefined : (databaseAfter - databaseBefore) / load.calls,
    callsASecond: load.calls / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}

export interface Pair {
  bare: Round
  gateway: Round
}

/** A B, B A, A B …: whatever else the machine does meanwhile, and whatever it does to who comes second, both sides get alike. */
export async function measurePairs(
  sides: { bare: Side; gateway: Side },
  load: Pick<Load, 'body' | 'calls' | 'pace'>,
  rounds: number,
  onPair: (pair: Pair, number: number) => void,
): Promise<Pair[]> {
  const pairs: Pair[] = []
  for (let number = 1; number <= rounds; number += 1) {
    const order = number % 2 === 1 ? (['bare', 'gateway'] as const) : (['gateway', 'bare'] as const)
    const pair: Partial<Pair> = {}
    for (const name of order) pair[name] = await measureRound(sides[name], load)
    pairs.push(pair as Pair)
    onPair(pair as Pair, number)
  }
  return pairs
}

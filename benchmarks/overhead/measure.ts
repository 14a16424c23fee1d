import type { Child } from './child.ts'
import { databaseCpuMicros } from './database-cpu.ts'
import { percentile } from './figures.ts'
import { type Load, sendCalls } from './send-calls.ts'

/** One of those that are compared, running. */
export interface Side {
  url: string
  headers: Readonly<Record<string, string>>
  /** Left out for somebody else's process. */
  child?: Pick<Child<unknown>, 'usage'>
  /** Of the gateway's PostgreSQL. */
  postmasterPid?: number
  /** The load's body as this side takes it. */
  rewrite?: (body: Buffer) => Buffer
}

export interface Round {
  /** Of its own process, all threads, for each call. */
  cpuMicros: number | undefined
  databaseCpuMicros: number | undefined
  callsASecond: number
  /** From the caller's side, in milliseconds. */
  p50: number
  p99: number
}

/** Background work of the calls before (booking, garbage) must not be counted for the next ones. */
const settleMs = 300

async function measureRound(side: Side, load: Pick<Load, 'body' | 'calls' | 'pace'>): Promise<Round> {
  const cpuBefore = (await side.child?.usage())?.cpuMicros
  const databaseBefore = side.postmasterPid === undefined ? undefined : databaseCpuMicros(side.postmasterPid)
  const began = performance.now()
  const latencies = await sendCalls({ ...load, ...side, body: side.rewrite?.(load.body) ?? load.body })
  const seconds = (performance.now() - began) / 1_000
  // What a call leaves to be done afterwards is part of its cost.
  await new Promise((resolve) => setTimeout(resolve, settleMs))
  const cpuAfter = (await side.child?.usage())?.cpuMicros
  const databaseAfter = side.postmasterPid === undefined ? undefined : databaseCpuMicros(side.postmasterPid)
  return {
    cpuMicros: cpuBefore === undefined || cpuAfter === undefined ? undefined : (cpuAfter - cpuBefore) / load.calls,
    databaseCpuMicros:
      databaseBefore === undefined || databaseAfter === undefined ? undefined : (databaseAfter - databaseBefore) / load.calls,
    callsASecond: load.calls / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}

/** By the name of the side; those of one index were taken one after the other. */
export type Rounds = Partial<Record<string, Round[]>>

/** A B, B A, A B …: whatever else the machine does meanwhile, and whatever it does to who comes second, all sides get alike. */
export async function measureRounds(sides: object, load: Pick<Load, 'body' | 'calls' | 'pace'>, times: number): Promise<Rounds> {
  const order = Object.entries(sides) as [string, Side][]
  const rounds: Record<string, Round[]> = Object.fromEntries(order.map(([name]) => [name, []]))
  for (let number = 1; number <= times; number += 1) {
    for (const [name, side] of order) rounds[name]?.push(await measureRound(side, load))
    order.reverse()
  }
  return rounds
}

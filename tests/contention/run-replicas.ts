import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Queryable } from '../../src/database/index.ts'
import { compileCache } from '../_support/compile-cache.ts'
import type { ReplicaReport, ReplicaTask } from './replica.ts'

const program = fileURLToPath(new URL('./replica.ts', import.meta.url))
const pollEveryMs = 50

export interface ContentionResult {
  /** All replicas together. */
  total: ReplicaReport
  polls: number
  /** Polls that saw a budget above its limit, or below nothing. */
  badPolls: object[]
}

/** Runs that many processes of their own on one database, and meanwhile looks every 50 ms whether a budget is over its limit. */
export async function runReplicas(db: Queryable, count: number, task: Omit<ReplicaTask, 'name'>): Promise<ContentionResult> {
  let running = true
  let polls = 0
  const badPolls: object[] = []
  const polling = (async () => {
    while (running) {
      badPolls.push(...(await db.query('select * from budget_periods where used + reserved > "limit" or used < 0 or reserved < 0')))
      polls += 1
      await delay(pollEveryMs)
    }
  })()
  try {
    const reports = await Promise.all(
      Array.from({ length: count }, (_, index) => runReplica({ ...task, name: `replica-${index}`, seed: task.seed + index })),
    )
    return { total: sum(reports), polls, badPolls }
  } finally {
    running = false
    await polling
  }
}

async function runReplica(task: ReplicaTask): Promise<ReplicaReport> {
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache }
  const child = spawn(process.execPath, [program, JSON.stringify(task)], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const code = await new Promise((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  if (code !== 0) throw new Error(`${task.name} ended with ${code}: ${output}`)
  return JSON.parse(output) as ReplicaReport
}

function sum(reports: ReplicaReport[]): ReplicaReport {
  const total: ReplicaReport = { admitted: {}, refused: {}, settled: {} }
  for (const report of reports) {
    for (const part of ['admitted', 'refused', 'settled'] as const) {
      for (const [key, amount] of Object.entries(report[part])) total[part][key] = (total[part][key] ?? 0) + amount
    }
  }
  return total
}

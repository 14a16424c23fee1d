// One replica of a contention test: `node replica.ts '<ReplicaTask as JSON>'`. Prints a ReplicaReport.
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabase } from '../../src/database/index.ts'
import { type Admission, openLedger } from '../../src/ledger/index.ts'
import { GatewayError, LedgerUnavailableError, RateLimitedError } from '../../src/shared/errors.ts'
import { consoleLog, silentLog } from '../../src/shared/log.ts'
import { recordOf, requestOf, seededRandom } from '../_support/ledger.ts'

export interface ReplicaTask {
  url: string
  name: string
  seed: number
  calls: number
  concurrency: number
  /** Each call is for a random one of them. */
  clients: string[]
  tokensACall: number
  /** How long a call takes at most. */
  longestMs: number
  /** `exact`: every call uses all of its hold. `varied`: it uses a part, and one in ten never comes to pass. */
  usage: 'exact' | 'varied'
}

export interface ReplicaReport {
  /** Admitted calls by client. */
  admitted: Record<string, number>
  /** Refusals by code and the type of the budget that refused. */
  refused: Record<string, number>
  /** Tokens settled, by client. */
  settled: Record<string, number>
}

const task = JSON.parse(process.argv[2] ?? '') as ReplicaTask
const random = seededRandom(task.seed)
const database = openDatabase({ url: task.url, maxConnections: 6, connectTimeoutMs: 20_000 })
const log = { ...silentLog, error: consoleLog.error }
const ledger = await openLedger({ database, replica: task.name, log, spoolDir: undefined, expireEveryMs: 3_600_000 })
const report: ReplicaReport = { admitted: {}, refused: {}, settled: {} }
let left = task.calls

function add(counts: Record<string, number>, key: string, amount: number): void {
  counts[key] = (counts[key] ?? 0) + amount
}

/** Neither is a last word: the database did not answer in time, or somebody else holds what is left for longer than a call waits. */
async function reserve(client: string): Promise<Admission> {
  const { tokensACall: tokens } = task
  for (;;) {
    try {
      return await ledger.reserve(requestOf(client, { outputTokens: tokens, minOutputTokens: tokens, patienceMs: 5_000 }))
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError || error instanceof RateLimitedError)) throw error
    }
  }
}

async function call(client: string): Promise<void> {
  const { tokensACall: tokens } = task
  try {
    const admission = await reserve(client)
    add(report.admitted, client, 1)
    await delay(random() * task.longestMs)
    if (task.usage === 'varied' && random() < 0.1) {
      await ledger.release(admission.callId)
      return
    }
    const used = task.usage === 'exact' ? tokens : Math.floor(random() * (tokens + 1))
    await ledger.settle(recordOf(client, admission, used))
    add(report.settled, client, used)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const budget = error.details.budget as { type: string } | undefined
    add(report.refused, `${error.code} ${budget?.type ?? ''}`.trim(), 1)
  }
}

await Promise.all(
  Array.from({ length: task.concurrency }, async () => {
    while (left > 0) {
      left -= 1
      await call(task.clients[Math.floor(random() * task.clients.length)] ?? '')
    }
  }),
)
await ledger.close()
await database.close()
console.log(JSON.stringify(report))

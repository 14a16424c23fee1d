import { existsSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { flushCompileCache } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { readConfig } from '../../src/config/index.ts'
import { startServer } from '../../src/server.ts'
import { type Log, silentLog } from '../../src/shared/log.ts'
import { type KillStep, killAt } from './kill-steps.ts'
import { startStopwatch } from './stopwatch.ts'

/** What a gateway process tells the test that started it: that it listens, or in words why not. */
export type ProcessMessage = { url: string; startMs: number } | { refusal: string }

const log: Log = { ...silentLog, warn: (message) => console.error(message), error: (message, cause) => console.error(message, cause ?? '') }

// A gateway in an operating system process of its own, so that a test can kill it. Started by startGatewayProcess.
const elapsedMs = startStopwatch()
const { CATRACA_TEST_KILL_AT: killStep, CATRACA_TEST_KILL_NTH: nth } = process.env
try {
  // As src/config/env.ts has it: an empty value counts as not set.
  const env = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''))
  const server = await startServer(readConfig(env), {
    log,
    ...(env.TEST_DELIVERIES !== undefined && { jobs: slowDeliveries(env.TEST_DELIVERIES) }),
    ...(env.TEST_WHATSAPP_LEASE_MS !== undefined && { whatsapp: { leaseMs: Number(env.TEST_WHATSAPP_LEASE_MS) } }),
  })
  process.once('SIGTERM', () => {
    void server.close().then(() => process.exit(0))
  })
  // Not before it is up: what an earlier process left is booked by then, or is no call of ours.
  if (killStep) killAt(killStep as KillStep, Number(nth))
  tell({ url: server.url, startMs: elapsedMs() })
  // Most of these processes are killed, and would leave nothing for the next one.
  flushCompileCache()
} catch (error) {
  tell({ refusal: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
// A test run that was killed leaves no gateway behind.
process.once('disconnect', () => process.exit(2))

/**
 * Deliveries that take a while, longer while there is a file `….hold`, and are told to a file at both ends, so that a test can kill this
 * process in the middle of one.
 */
function slowDeliveries(file: string) {
  const note = (what: string, id: string) => appendFile(file, `${what} ${id} ${process.pid}\n`)
  const deliver = async ({ id }: { id: string }) => {
    await note('begun', id)
    do await delay(300)
    while (existsSync(`${file}.hold`))
    await note('done', id)
  }
  return { deliverers: [{ name: 'test', deliver }], abandonedAfterMs: 1_500 }
}

function tell(message: ProcessMessage): void {
  process.send?.(message)
}

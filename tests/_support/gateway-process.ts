import { readConfig } from '../../src/config/index.ts'
import { startServer } from '../../src/server.ts'
import { type Log, silentLog } from '../../src/shared/log.ts'

/** What a gateway process tells the test that started it: that it listens, or in words why not. */
export type ProcessMessage = { url: string; startMs: number } | { refusal: string }

const log: Log = { ...silentLog, warn: (message) => console.error(message), error: (message, cause) => console.error(message, cause ?? '') }

// A gateway in an operating system process of its own, so that a test can kill it. Started by startGatewayProcess.
const beganMs = performance.now()
try {
  // As src/config/env.ts has it: an empty value counts as not set.
  const env = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''))
  const server = await startServer(readConfig(env), { log })
  process.once('SIGTERM', () => {
    void server.close().then(() => process.exit(0))
  })
  tell({ url: server.url, startMs: performance.now() - beganMs })
} catch (error) {
  tell({ refusal: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
// A test run that was killed leaves no gateway behind.
process.once('disconnect', () => process.exit(2))

function tell(message: ProcessMessage): void {
  process.send?.(message)
}

import { openQueuePool } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import { queueLogger } from './queue-logger.ts'
import { grantQueue } from './sql/grant-queue.ts'

const queryTimeoutMs = 60_000

/** graphile-worker's own schema, made and kept up to date by the owner; the worker itself needs less. Safe from several replicas at once. */
export async function installQueue(ownerUrl: string, log: Log): Promise<void> {
  const { Logger, runMigrations } = await import('graphile-worker')
  const pgPool = openQueuePool(ownerUrl, { maxConnections: 1, queryTimeoutMs })
  try {
    await runMigrations({ pgPool, logger: queueLogger(Logger, log), noPreparedStatements: true })
    await grantQueue(pgPool)
  } finally {
    await pgPool.end()
  }
}

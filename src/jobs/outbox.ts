import type { Database } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import { runWhenTold } from './run-when-told.ts'
import { queueAlerts } from './sql/queue-alerts.ts'

const batchSize = 100

/** Brings alerts from their table, where the ledger writes them, into the queue. Any number of replicas do it together. */
export async function startOutbox(options: { database: Database; log: Log; abandonedAfterMs: number }): Promise<{ stop(): Promise<void> }> {
  const { database, log, abandonedAfterMs } = options
  return await runWhenTold({
    database,
    channel: 'catraca_alert',
    mostEveryMs: abandonedAfterMs,
    work: async () => {
      while ((await queueAlerts(database, batchSize, abandonedAfterMs)) === batchSize);
    },
    failed: (error) => log.error('[Alerts] alerts could not be queued', error),
  })
}

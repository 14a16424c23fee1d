import { type Database, isConnectionError } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import { queueAlerts } from './sql/queue-alerts.ts'

/** A notification that a pooler swallowed, or that nobody was there to hear, is made up for within this time. */
const pollEveryMs = 5_000
const batchSize = 100

/** Brings alerts from their table, where the ledger writes them, into the queue. Any number of replicas do it together. */
export async function startOutbox(options: { database: Database; log: Log; abandonedAfterMs: number }): Promise<{ stop(): Promise<void> }> {
  const { database, log, abandonedAfterMs } = options
  let isWanted = false
  let running: Promise<void> | undefined
  const empty = async () => {
    try {
      while (isWanted) {
        isWanted = false
        while ((await queueAlerts(database, batchSize, abandonedAfterMs)) === batchSize);
      }
    } catch (error) {
      if (!isConnectionError(error)) log.error('[Alerts] alerts could not be queued', error)
    }
  }
  const run = () => {
    isWanted = true
    running ??= empty().finally(() => {
      running = undefined
    })
  }
  const timer = setInterval(run, Math.min(pollEveryMs, abandonedAfterMs))
  timer.unref()
  const unlisten = await database.listen('catraca_alert', run)
  run()
  return {
    async stop() {
      clearInterval(timer)
      await unlisten()
      await running
    },
  }
}

import type { CronItem, TaskList } from 'graphile-worker'
import { type AlertDeliverer, deliverAlert } from '../alerts/index.ts'
import { forgetOldMessages } from '../conversations/index.ts'
import type { Database } from '../database/index.ts'
import { loadPriceSource, syncRegistry } from '../pricing/index.ts'
import type { Log } from '../shared/log.ts'
import { withTimeout } from '../shared/with-timeout.ts'
import { keepPartitions } from '../usage/index.ts'

export interface TaskOptions {
  database: Database
  log: Log
  deliverers: readonly AlertDeliverer[]
  /** Months of usage rows that stay; undefined keeps all. */
  retentionMonths: number | undefined
  /** One delivery may take so long. */
  deliveryTimeoutMs: number
}

/** What the queue can do besides answering, by name. A task may run again after it was done: each must be harmless twice. */
export function createTasks({ database, log, deliverers, retentionMonths, deliveryTimeoutMs }: TaskOptions): TaskList {
  return {
    async deliver_alert(payload, { abortPromise }) {
      const id = alertIdIn(payload)
      // At shutdown a delivery that hangs is left to another process.
      if (id !== undefined) await Promise.race([withTimeout(deliverAlert(database, id, deliverers), deliveryTimeoutMs), abortPromise])
    },
    async keep_months() {
      const archived = await keepPartitions(database, { retentionMonths })
      if (archived.length > 0)
        log.info(`[Usage] put away by CATRACA_RETENTION_MONTHS: ${archived.join(', ')} (npx catraca db archive list)`)
    },
    async sync_prices() {
      const { added, changed } = await syncRegistry(database, await loadPriceSource(new Date().toISOString().slice(0, 10)))
      if (added.length + changed.length > 0) log.info(`[Models] ${added.length} models added, ${changed.length} prices changed`)
    },
    async forget_messages() {
      const forgotten = await forgetOldMessages(database)
      if (forgotten > 0) log.info(`[WhatsApp] ${forgotten} messages deleted, older than their clients keep them`)
    },
  }
}

/** Times are UTC. A job that a dead process has locked is replaced by the next day's. */
export const schedule: readonly CronItem[] = [
  { task: 'keep_months', match: '7 0 * * *', options: { jobKey: 'keep_months' } },
  { task: 'forget_messages', match: '27 3 * * *', options: { jobKey: 'forget_messages' } },
  { task: 'sync_prices', match: '17 4 * * *', options: { jobKey: 'sync_prices' } },
]

function alertIdIn(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null || !('alert_id' in payload)) return undefined
  return typeof payload.alert_id === 'string' ? payload.alert_id : undefined
}

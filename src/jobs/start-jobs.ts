import { setTimeout as delay } from 'node:timers/promises'
import { type AlertDeliverer, logDeliverer } from '../alerts/index.ts'
import { isConnectionError } from '../database/index.ts'
import type { Store } from '../gateway/index.ts'
import type { Notifier } from '../notifications/index.ts'
import type { Log } from '../shared/log.ts'
import { installQueue } from './install-queue.ts'
import { startNotifying } from './notify.ts'
import { startOutbox } from './outbox.ts'
import { type Answering, queryTimeoutMs, startWorker, type Worker } from './worker.ts'

const retryMs = 1_000
/** Loading the queue takes some hundred milliseconds, which belong to whoever waits for the start or for the first answer. */
const startAfterMs = 300
const deliveryTimeoutMs = 30_000
const defaultAbandonedAfterMs = 2 * deliveryTimeoutMs

export interface JobsOptions {
  store: Pick<Store, 'gateway' | 'url' | 'gatewayUrl'>
  log: Log
  /** Months of usage rows that stay; undefined keeps all. */
  retentionMonths?: number | undefined
  /** Default: the log. */
  deliverers?: readonly AlertDeliverer[] | undefined
  /** Gives alerts to the channels that people have set up. Default: nobody does. */
  notifier?: Notifier | undefined
  /** After so long without a result a delivery is taken for lost with its process, and done again. Default: twice what one may take. */
  abandonedAfterMs?: number | undefined
  /** Default: no channels. */
  answering?: Answering | undefined
}

export interface Jobs {
  /** Takes no new jobs and lets those under way finish. Never rejects. */
  stop(): Promise<void>
}

/**
 * What is done in the background, each piece by one replica: delivering alerts, and the daily work of `schedule`. Returns at once; the
 * queue gets ready, and comes back after every outage of the database, by itself.
 */
export function startJobs(options: JobsOptions): Jobs {
  const stopping = new AbortController()
  const running = keepWorking(options, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

async function keepWorking(options: JobsOptions, stopping: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => stopping.addEventListener('abort', () => resolve(), { once: true }))
  await delay(startAfterMs, undefined, { signal: stopping, ref: false }).catch(() => {})
  const leaving = new Set<Promise<void>>()
  // It needs no queue, so it lives through whatever the worker does not.
  const { notifier, log, store, abandonedAfterMs = defaultAbandonedAfterMs } = options
  const notifying = notifier && (await startNotifying({ database: store.gateway, notifier, log, abandonedAfterMs }))
  let isTold = false
  while (!stopping.aborted) {
    try {
      const lost = await work(options, stopped)
      if (lost) {
        const left = leave(lost, stopping).finally(() => leaving.delete(left))
        leaving.add(left)
      }
      isTold = false
    } catch (error) {
      // Told once: what cannot be put right from here would fill the log.
      if (!isTold && !isConnectionError(error))
        options.log.error('[Jobs] the job queue cannot start; it is tried again every second', error)
      isTold ||= !isConnectionError(error)
    }
    await delay(retryMs, undefined, { signal: stopping, ref: false }).catch(() => {})
  }
  await Promise.all([...leaving, notifying?.stop()])
}

/** Until the database is lost, which answers the worker that lost it, or until it is time to stop. */
async function work(options: JobsOptions, stopped: Promise<void>): Promise<Worker | undefined> {
  const { store, log, notifier, abandonedAfterMs = defaultAbandonedAfterMs } = options
  const deliverers = [...(options.deliverers ?? [logDeliverer(log)]), ...(notifier ? [notifier.deliverer] : [])]
  await installQueue(store.url, log)
  const { gateway: database, gatewayUrl: queueUrl } = store
  const { retentionMonths, answering } = options
  const worker = await startWorker({ queueUrl, database, log, deliverers, retentionMonths, deliveryTimeoutMs, answering })
  const outbox = await startOutbox({ database: store.gateway, log, abandonedAfterMs })
  const lost = await Promise.race([worker.lost.then((cause) => ({ cause })), stopped])
  await outbox.stop()
  if (lost) {
    if (lost.cause !== undefined && !isConnectionError(lost.cause)) log.error('[Jobs] the job queue is started again', lost.cause)
    return worker
  }
  await worker.stop()
  return undefined
}

/**
 * Stops a worker that has met a broken connection once nothing of it can be waiting on one any more: graphile-worker reports a failure during
 * a shutdown on the console. Until then it may work beside its successor, as another replica's would.
 */
async function leave(worker: Worker, stopping: AbortSignal): Promise<void> {
  await delay(queryTimeoutMs + retryMs, undefined, { signal: stopping, ref: false }).catch(() => {})
  await worker.stop()
}

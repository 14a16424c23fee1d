import { EventEmitter } from 'node:events'
import { isConnectionError, openQueuePool } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import { queueLogger } from './queue-logger.ts'
import { createTasks, schedule, type TaskOptions } from './tasks.ts'

/** Most of them wait for a model or for somebody's server. */
const concurrency = 10
const pollEveryMs = 2_000
/** One listens, one is the crontab's; the others are asked for a moment at both ends of a job. */
const connections = 6
/** A statement without an answer for so long fails, whatever became of its connection. */
export const queryTimeoutMs = 15_000

export interface Worker {
  /** Resolves when the worker has ended or has lost the database, with what it met: another one is to be started. */
  lost: Promise<unknown>
  /** Takes no new jobs, lets those under way finish, and lets go. Never rejects. */
  stop(): Promise<void>
}

/** One life of graphile-worker: it ends with the first connection that breaks, because its own ways back take up to minutes. */
export async function startWorker(options: TaskOptions & { queueUrl: string; log: Log }): Promise<Worker> {
  const { Logger, parseCronItems, run } = await import('graphile-worker')
  const pgPool = openQueuePool(options.queueUrl, { maxConnections: connections, queryTimeoutMs })
  const events = new EventEmitter()
  const broken = new Promise<unknown>((resolve) => {
    for (const event of ['worker:getJob:error', 'pool:fatalError']) events.once(event, ({ error }) => resolve(error))
    // A pooler that refuses to listen is none: the worker looks for jobs by itself.
    events.on('pool:listen:error', ({ error }) => isConnectionError(error) && resolve(error))
  })
  try {
    const runner = await run({
      pgPool,
      events,
      logger: queueLogger(Logger, options.log),
      taskList: createTasks(options),
      parsedCronItems: parseCronItems([...schedule]),
      pollInterval: pollEveryMs,
      noHandleSignals: true,
      noPreparedStatements: true,
      // Unless they are batched, a job's end that cannot be written is a rejection that nobody handles.
      preset: { worker: { concurrentJobs: concurrency, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    })
    const ended = runner.promise.catch((error: unknown) => error)
    return {
      lost: Promise.race([broken, ended]),
      async stop() {
        // It rejects when the runner is ending by itself.
        await runner.stop().catch(() => ended)
        await pgPool.end().catch(() => {})
      },
    }
  } catch (error) {
    await pgPool.end()
    throw error
  }
}

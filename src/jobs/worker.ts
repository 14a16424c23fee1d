import { EventEmitter } from 'node:events'
import type { TaskList } from 'graphile-worker'
import { isConnectionError, openQueuePool } from '../database/index.ts'
import type { Log } from '../shared/log.ts'
import { queueLogger } from './queue-logger.ts'
import { startAnswering } from './start-answering.ts'
import { createTasks, schedule, type TaskOptions } from './tasks.ts'

/** Of alerts and daily work. Some of them wait for somebody's server. */
const concurrency = 10
const pollEveryMs = 2_000
/** Two listen; the others are asked for a moment at both ends of a job. */
const connections = 6
/** A statement without an answer for so long fails, whatever became of its connection. */
export const queryTimeoutMs = 15_000

export interface Worker {
  /** Resolves when the worker has ended or has lost the database, with what it met: another one is to be started. */
  lost: Promise<unknown>
  /** Takes no new jobs, lets those under way finish, and lets go. Never rejects. */
  stop(): Promise<void>
}

/** What channels have to do, by name, and how many places of its own it has. */
export interface Answering {
  tasks: TaskList
  places: number
}

export interface WorkerOptions extends TaskOptions {
  queueUrl: string
  log: Log
  answering: Answering | undefined
}

/** One life of graphile-worker: it ends with the first connection that breaks, because its own ways back take up to minutes. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { Logger, parseCronItems, run, runTaskList } = await import('graphile-worker')
  const pgPool = openQueuePool(options.queueUrl, { maxConnections: connections, queryTimeoutMs })
  const shared = {
    logger: queueLogger(Logger, options.log),
    noHandleSignals: true,
    noPreparedStatements: true,
    // Unless they are batched, a job's end that cannot be written is a rejection that nobody handles.
    preset: { worker: { concurrentJobs: concurrency, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  }
  const events = new EventEmitter()
  const lost = [untilBroken(events)]
  try {
    const runner = await run({
      ...shared,
      pgPool,
      events,
      taskList: createTasks(options),
      parsedCronItems: parseCronItems([...schedule]),
      pollInterval: pollEveryMs,
    })
    const ended = runner.promise.catch((error: unknown) => error)
    const answering = options.answering && startAnswering(runTaskList, { ...options.answering, shared, pgPool })
    lost.push(ended, ...(answering ? [untilBroken(answering.events), answering.ended] : []))
    return {
      lost: Promise.race(lost),
      async stop() {
        // The runner's rejects when it is ending by itself.
        await Promise.all([runner.stop().catch(() => ended), answering?.stop()])
        await pgPool.end().catch(() => {})
      },
    }
  } catch (error) {
    await pgPool.end()
    throw error
  }
}

function untilBroken(events: EventEmitter): Promise<unknown> {
  return new Promise((resolve) => {
    for (const event of ['worker:getJob:error', 'pool:fatalError']) events.once(event, ({ error }) => resolve(error))
    // A pooler that refuses to listen is none: the worker looks for jobs by itself.
    events.on('pool:listen:error', ({ error }) => isConnectionError(error) && resolve(error))
  })
}

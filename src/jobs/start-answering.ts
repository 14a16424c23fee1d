import { EventEmitter } from 'node:events'
import type { runTaskList, TaskList, WorkerPoolOptions } from 'graphile-worker'
import { FairTurns } from './fair-turns.ts'

/** What nobody notifies of: a pause or the wait for the next try is over. */
const lookEveryMs = 500

export interface AnswerPool {
  events: EventEmitter
  /** Resolves when the pool has ended by itself, with what it met. */
  ended: Promise<unknown>
  /** Never rejects. */
  stop(): Promise<void>
}

/**
 * The places in which conversations are answered: their own, because an answer may wait a minute for its provider, and divided fairly among the
 * clients, which jobs name as their flags.
 */
export function startAnswering(
  run: typeof runTaskList,
  options: { shared: WorkerPoolOptions; pgPool: Parameters<typeof runTaskList>[2]; tasks: TaskList; places: number },
): AnswerPool {
  const { shared, pgPool, tasks, places } = options
  const events = new EventEmitter()
  const turns = new FairTurns(places)
  events.on('job:start', ({ job }) => turns.found(Object.keys(job.flags ?? {})))
  events.on('worker:getJob:empty', () => turns.foundNothing())
  events.on('worker:getJob:error', () => turns.foundNothing())
  events.on('job:complete', ({ job }) => turns.ended(Object.keys(job.flags ?? {})))
  events.on('pool:listen:notification', () => turns.look())
  let isEnding = false
  events.on('pool:gracefulShutdown', () => {
    isEnding = true
    turns.end()
  })
  const timer = setInterval(() => turns.look(), lookEveryMs)
  timer.unref()
  const settings = {
    ...shared,
    events,
    forbiddenFlags: () => turns.next(),
    // Whoever found nothing waits for its next turn, not by itself.
    pollInterval: 1,
    preset: { ...shared.preset, worker: { ...shared.preset?.worker, concurrentJobs: places } },
  }
  const pool = run(settings, tasks, pgPool)
  return {
    events,
    ended: pool.promise.catch((error: unknown) => error),
    async stop() {
      clearInterval(timer)
      // It may be ending by itself.
      await Promise.resolve(isEnding ? pool.promise : pool.gracefulShutdown()).catch(() => {})
    },
  }
}

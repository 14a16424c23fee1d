import type { LogFunctionFactory, Logger } from 'graphile-worker'
import { isConnectionError } from '../database/index.ts'
import type { Log } from '../shared/log.ts'

/** graphile-worker's own words, in our log. What works is not told, and neither is an outage: that is told once, by whoever suffers it first. */
export function queueLogger(LoggerClass: new (factory: LogFunctionFactory) => Logger, log: Log): Logger {
  return new LoggerClass(() => (level, message, meta) => {
    if (level !== 'error' && level !== 'warning') return
    const cause = meta?.error ?? meta?.fatalError
    // Why a worker stopped is told by who starts the next one.
    if (isConnectionError(cause) || message.startsWith('Runner stopping')) return
    // Meant so: jobs need a connection at both ends only.
    if (message.includes('maxPoolSize')) return
    // A failed task's message brings its stack along, which belongs to a debugger.
    const [line = ''] = message.split('\n')
    log.warn(`[Jobs] ${line}`)
  })
}

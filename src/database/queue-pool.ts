import pg from 'pg'
import { clientConfig } from './client-config.ts'

export interface PlainPoolOptions {
  applicationName: string
  maxConnections: number
  queryTimeoutMs: number
  /** As of openDatabase. */
  connectTimeoutMs?: number
}

/** For graphile-worker, which wants a pool of its own. */
export function openQueuePool(url: string, options: Omit<PlainPoolOptions, 'applicationName'>): pg.Pool {
  return openPlainPool(url, { ...options, applicationName: 'catraca-jobs' })
}

/** For other people's code, which reads columns as `pg` reads them by itself. */
export function openPlainPool(url: string, { applicationName, ...options }: PlainPoolOptions): pg.Pool {
  const { types: _, ...config } = clientConfig(url, applicationName)
  const pool = new pg.Pool({
    ...config,
    max: options.maxConnections,
    query_timeout: options.queryTimeoutMs,
    allowExitOnIdle: true,
    ...(options.connectTimeoutMs === undefined ? {} : { connectionTimeoutMillis: options.connectTimeoutMs }),
  })
  // As in openDatabase: the next statement reports a broken connection to somebody who can act.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

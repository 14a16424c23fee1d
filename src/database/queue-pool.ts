import pg from 'pg'
import { clientConfig } from './client-config.ts'

/** For graphile-worker, which wants a pool of its own and reads columns as `pg` reads them by itself. */
export function openQueuePool(url: string, options: { maxConnections: number; queryTimeoutMs: number }): pg.Pool {
  const { types: _, ...config } = clientConfig(url, 'catraca-jobs')
  const pool = new pg.Pool({ ...config, max: options.maxConnections, query_timeout: options.queryTimeoutMs, allowExitOnIdle: true })
  // As in openDatabase: the next statement reports a broken connection to somebody who can act.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

import pg from 'pg'
import { clientConfig } from './client-config.ts'
import { sayGoodbye } from './client-lifetime.ts'
import { isConnectionError } from './connection-error.ts'
import { Listener } from './listener.ts'

export interface Queryable {
  /**
   * The rows of one statement. int8 arrives as bigint, numeric as string, timestamptz as Date, date as string, jsonb parsed.
   * Rejects with the database's own error: its SQLSTATE is `code`. `isConnectionError` tells an outage from a refusal.
   */
  query<R extends object>(sql: string, params?: readonly unknown[]): Promise<R[]>
}

export interface Database extends Queryable {
  /** Commits what `run` did, or rolls all of it back when it throws. */
  transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T>
  /**
   * Survives reconnects; `onNotify` gets the payload. Returns a stop function. Notifications sent while the connection is away are
   * lost, and behind a transaction pooler none arrive: poll as well.
   */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>
  /** How the pool is used at the moment: connections, those without work, and statements that wait for one. */
  readonly pool: { total: number; idle: number; waiting: number }
  /** Waits for what is running (at most 5 s), then closes every connection. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  url: string
  /** Default 10. */
  maxConnections?: number
  /** Seen in pg_stat_activity with the process id behind it, as in `catraca:4711`. Default `catraca`. */
  applicationName?: string
  /** A statement without an answer for so long fails (and its connection is given up), for callers who must answer in time themselves. */
  queryTimeoutMs?: number
  /** How long to wait for a connection, the pool's included. Default 1.5 s: admission has to answer within 2 s. */
  connectTimeoutMs?: number
}

/**
 * A pool of connections. Nothing is connected yet: the first query is what fails when there is no database, within 1.5 s.
 * It uses neither named prepared statements nor session state, so a transaction pooler may stand in between.
 *
 * @example
 * const database = openDatabase({ url: 'postgres://catraca@127.0.0.1:5432/catraca' })
 * const [row] = await database.query<{ total: bigint }>('select count(*) as total from clients where plan = $1', ['pro'])
 */
export function openDatabase({
  url,
  maxConnections = 10,
  applicationName = 'catraca',
  queryTimeoutMs,
  connectTimeoutMs,
}: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...clientConfig(url, applicationName),
    max: maxConnections,
    // A script that has done its calls may end without closing the pool.
    allowExitOnIdle: true,
    ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
    ...(connectTimeoutMs === undefined ? {} : { connectionTimeoutMillis: connectTimeoutMs }),
  })
  // Connections break while idle (here) or in a transaction between two statements (below). Neither may end the process: the next
  // statement reports it to somebody who can act.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))

  const listener = new Listener(url, `${applicationName}-listener`)
  let closing: Promise<void> | undefined

  return {
    query: (sql, params) => rowsOf(pool, sql, params),
    transaction: (run) => inTransaction(pool, run),
    listen: (channel, onNotify) => listener.listen(channel, onNotify),
    get pool() {
      return { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }
    },
    close() {
      closing ??= sayGoodbye(Promise.all([listener.close(), pool.end()]))
      return closing
    },
  }
}

async function rowsOf<R extends object>(on: pg.Pool | pg.PoolClient, sql: string, params: readonly unknown[] | undefined): Promise<R[]> {
  const result: pg.QueryResult<R> | pg.QueryResult<R>[] = await on.query<R>(sql, params && [...params])
  // Several statements in one text give several results; the last one answers.
  return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? []
}

async function inTransaction<T>(pool: pg.Pool, run: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = false
  try {
    await client.query('begin')
    const value = await run({ query: (sql, params) => rowsOf(client, sql, params) })
    const { command } = await client.query('commit')
    // A failed statement whose error was swallowed turns `commit` into a rollback that reports success.
    if (command === 'ROLLBACK') throw new Error('The transaction was rolled back: one of its statements failed and the error was ignored')
    return value
  } catch (error) {
    broken = isConnectionError(error)
    if (!broken) {
      await client.query('rollback').catch(() => {
        broken = true
      })
    }
    throw error
  } finally {
    client.release(broken)
  }
}

import { buildConnector, Pool } from 'undici'

const mostPools = 100

export interface ConnectionOptions {
  /** To one origin at most; default 256. */
  connections?: number
  /** How long an idle one is kept, unless the server says less; default 20 s. */
  keepAliveMs?: number
}

export interface PoolStats {
  origin: string
  connected: number
  /** Requests under way. */
  running: number
  /** Requests that wait for a connection. */
  queued: number
}

/**
 * One pool an origin. HTTP/1.1 with one request a connection: an answer that its caller reads slowly holds up no other, and an aborted
 * one ends its own socket only. All timeouts of a call are the attempt's (call-clock.ts), so undici's are off but for the last resort.
 */
export class Connections {
  private readonly pools = new Map<string, Pool>()
  private readonly options: ConnectionOptions

  constructor(options: ConnectionOptions = {}) {
    this.options = options
  }

  /** Origins come from the operator's base URLs, so there are only a few at a time. */
  to(origin: string): Pool {
    let pool = this.pools.get(origin)
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: this.options.connections ?? 256,
        pipelining: 1,
        allowH2: false,
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: this.options.keepAliveMs ?? 20_000,
        connect: connectWithLastSession(),
      })
      this.pools.set(origin, pool)
      this.letGo()
    }
    return pool
  }

  /** An operator who moves providers about leaves origins behind: the oldest goes, once its requests under way have ended. */
  private letGo(): void {
    const [oldest] = this.pools.size > mostPools ? this.pools : []
    if (!oldest) return
    this.pools.delete(oldest[0])
    oldest[1].close().catch(() => {})
  }

  /** How each origin's connections are used at the moment. */
  stats(): PoolStats[] {
    return [...this.pools].map(([origin, { stats }]) => ({
      origin,
      connected: stats.connected,
      running: stats.running,
      queued: stats.queued,
    }))
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()))
  }
}

/**
 * undici presents an origin's last TLS session with every new connection, but remembers it weakly: a garbage collection between two bursts
 * would cost full handshakes. Held here, it is there for as long as the pool is.
 */
function connectWithLastSession(): buildConnector.connector {
  const connect = buildConnector({ allowH2: false, timeout: 60_000 })
  const held: { session?: Buffer } = {}
  return (options, callback) =>
    connect(options, (...result) => {
      result[1]?.on('session', (session: Buffer) => {
        held.session = session
      })
      callback(...result)
    })
}

import { Pool } from 'undici'

/**
 * One pool an origin. HTTP/1.1 with one request a connection: an answer that its caller reads slowly holds up no other, and an aborted
 * one ends its own socket only. All timeouts of a call are the attempt's (call-clock.ts), so undici's are off but for the last resort.
 */
export class Connections {
  private readonly pools = new Map<string, Pool>()

  /** Origins come from the operator's base URLs, so there are only ever a few. */
  to(origin: string): Pool {
    let pool = this.pools.get(origin)
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: 256,
        pipelining: 1,
        allowH2: false,
        headersTimeout: 0,
        bodyTimeout: 0,
        keepAliveTimeout: 20_000,
        connectTimeout: 60_000,
      })
      this.pools.set(origin, pool)
    }
    return pool
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()))
  }
}

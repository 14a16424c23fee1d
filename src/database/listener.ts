import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { clientConfig, connectTimeoutMs } from './client-config.ts'
import { letProcessEnd } from './client-lifetime.ts'

const firstRetryMs = 250
const longestRetryMs = 5_000

/**
 * One dedicated connection for all LISTENs of a process. It comes back by itself after an outage, and never throws: behind a transaction
 * pooler, or while the database is away, nothing arrives and the caller's poll does the work.
 */
export class Listener {
  readonly #config: pg.ClientConfig
  readonly #channels = new Map<string, Set<(payload: string) => void>>()
  readonly #stopping = new AbortController()
  #client: pg.Client | undefined
  #firstAttempt: Promise<void> | undefined
  #running: Promise<void> | undefined

  constructor(url: string, applicationName: string) {
    this.#config = { ...clientConfig(url, applicationName), query_timeout: connectTimeoutMs }
  }

  async listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
    const subscribers = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, subscribers.add(onNotify))
    this.#firstAttempt ??= new Promise((resolve) => {
      this.#running = this.#keepConnected(resolve)
    })
    await this.#firstAttempt
    await this.#tell(`listen ${pg.escapeIdentifier(channel)}`)
    return async () => {
      subscribers.delete(onNotify)
      if (subscribers.size > 0 || this.#channels.get(channel) !== subscribers) return
      this.#channels.delete(channel)
      await this.#tell(`unlisten ${pg.escapeIdentifier(channel)}`)
    }
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#client?.end().catch(() => {})
    await this.#running
  }

  /** Tells when the first attempt is over, whether it succeeded or not; goes on until `close`. */
  async #keepConnected(firstAttemptOver: () => void): Promise<void> {
    let retryMs = firstRetryMs
    while (!this.#stopping.signal.aborted) {
      const connected = await this.#connect().catch(() => undefined)
      firstAttemptOver()
      if (connected !== undefined) {
        retryMs = firstRetryMs
        await connected.ended
        this.#client = undefined
      }
      await delay(retryMs, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => {})
      retryMs = Math.min(retryMs * 2, longestRetryMs)
    }
  }

  async #connect(): Promise<{ ended: Promise<void> }> {
    const client = new pg.Client(this.#config)
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
    client.on('error', () => void client.end().catch(() => {}))
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''))
    try {
      await client.connect()
      for (const channel of this.#channels.keys()) await client.query(`listen ${pg.escapeIdentifier(channel)}`)
      this.#stopping.signal.throwIfAborted()
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
    this.#client = client
    letProcessEnd(client)
    return { ended }
  }

  #deliver(channel: string, payload: string): void {
    for (const onNotify of this.#channels.get(channel) ?? []) {
      try {
        onNotify(payload)
      } catch {
        // Anybody on the database may send anything: what its reader cannot use must not end the process. The poll does the work.
      }
    }
  }

  async #tell(statement: string): Promise<void> {
    await this.#client?.query(statement).catch(() => {})
  }
}

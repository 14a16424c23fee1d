import { isConnectionError, type Queryable } from '../../database/index.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Log } from '../../shared/log.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Vault } from '../../vault/index.ts'
import { type Channel, type ChannelRow, fromRow } from './channel.ts'
import { findChannelRow } from './sql/find-channel.ts'

/** A channel that is changed, removed or gets a new secret is known as such after this time. */
const rememberMs = 2_000
const mostRemembered = 1_000

/** Active channels with their secrets open. What does not exist is remembered too: made-up ids ask the database once. */
export class ChannelDirectory {
  readonly #options: { database: Queryable; vault: Pick<Vault, 'read'>; clock: Clock; log: Log }
  readonly #known = new Map<string, { channel: Promise<Channel | undefined>; untilMs: number }>()

  constructor(options: { database: Queryable; vault: Pick<Vault, 'read'>; clock: Clock; log: Log }) {
    this.#options = options
  }

  async find(id: string): Promise<Channel | undefined> {
    if (!/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id)) return undefined
    const nowMs = this.#options.clock.nowMs()
    const known = this.#known.get(id)
    if (known && known.untilMs > nowMs) return await known.channel
    const channel = this.#load(id)
    this.#known.delete(id)
    this.#known.set(id, { channel, untilMs: nowMs + rememberMs })
    const [oldest] = this.#known.size > mostRemembered ? this.#known.keys() : []
    if (oldest !== undefined) this.#known.delete(oldest)
    channel.catch(() => this.#known.delete(id))
    return await channel
  }

  async #load(id: string): Promise<Channel | undefined> {
    const row = await findChannelRow(this.#options.database, id)
    if (!row) return undefined
    const [accessToken, appSecret, verifyToken] = await Promise.all([
      this.#open(row, 'access_token'),
      this.#open(row, 'app_secret'),
      this.#open(row, 'verify_token'),
    ])
    return fromRow(row, { accessToken, appSecret, verifyToken })
  }

  /** One that does not open is one that is missing: whatever needs it is refused. */
  async #open(row: ChannelRow, name: 'access_token' | 'app_secret' | 'verify_token'): Promise<Secret | undefined> {
    const secretId = row[`${name}_secret_id`]
    if (secretId === null) return undefined
    try {
      return await this.#options.vault.read(secretId, `${name} of WhatsApp channel ${row.id}`)
    } catch (error) {
      // An outage says nothing of the secret, and Meta is to deliver again.
      if (isConnectionError(error)) throw error
      this.#options.log.error(`[WhatsApp] the ${name} of channel ${row.id} does not open`, error)
      return undefined
    }
  }
}

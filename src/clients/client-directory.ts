import { type Database, isConnectionError, orUnavailable } from '../database/index.ts'
import type { Clock } from '../shared/clock.ts'
import { AuthenticationError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import type { Outage } from '../shared/remembered.ts'
import { RememberedNames } from '../shared/remembered-names.ts'
import { type Client, fromRow } from './client.ts'
import { type ClientKey, hashClientKey, looksLikeClientKey } from './client-key.ts'
import { KeyLookup } from './key-lookup.ts'
import { findClientRow } from './sql/find-client.ts'
import { type ClientKeyRow, findClientKeyRow } from './sql/find-client-key.ts'
import { findTestClientId } from './sql/find-test-client.ts'
import { touchClientKeys } from './sql/touch-client-keys.ts'

/** Keys and clients remembered at most, and as many that turned out not to exist: what a flood of made-up keys can take in memory. */
const mostRemembered = 20_000

/**
 * Clients and their keys, remembered until something about them changes. While the database is away what is remembered still
 * serves, because an outage must not lock out clients whose calls can go on.
 */
export class ClientDirectory {
  readonly #database: Database
  readonly #clock: Clock
  readonly #log: Log
  readonly #clients: RememberedNames<Client>
  readonly #keys: RememberedNames<ClientKey>
  readonly #unknownKeys: KeyLookup
  readonly #usedKeys = new Set<string>()

  constructor(options: { database: Database; clock: Clock; log: Log; outage: Outage }) {
    this.#database = options.database
    this.#clock = options.clock
    this.#log = options.log
    this.#unknownKeys = new KeyLookup(options.database)
    this.#clients = new RememberedNames(mostRemembered, options.outage)
    this.#keys = new RememberedNames(mostRemembered, options.outage)
  }

  /** Clients and keys in memory. */
  get size(): number {
    return this.#clients.size + this.#keys.size
  }

  /** Who presents this key. Throws AuthenticationError for a key that is missing, unknown, revoked or expired. */
  async authenticate(presented: string | undefined): Promise<{ client: Client; key: ClientKey }> {
    if (presented === undefined || presented === '') {
      throw new AuthenticationError(
        'key_missing',
        'No client key: send "Authorization: Bearer ctk_…". A key is made with `catraca key create`.',
      )
    }
    const key = looksLikeClientKey(presented) ? await this.#findKey(presented) : undefined
    if (!key) throw new AuthenticationError('key_unknown', 'This client key is not known.')
    if (key.isRevoked) throw new AuthenticationError('key_revoked', 'This client key was revoked.')
    if (key.expiresAtMs !== undefined && key.expiresAtMs <= this.#clock.nowMs()) {
      throw new AuthenticationError('key_revoked', 'This client key has expired.')
    }
    const client = await this.find(key.clientId)
    if (!client) throw new AuthenticationError('key_unknown', 'The client of this key is gone.')
    // Of those that find no room it is noted when they are next used.
    if (this.#usedKeys.size < mostRemembered) this.#usedKeys.add(key.id)
    return { client, key }
  }

  /** By id or slug. */
  find(idOrSlug: string): Promise<Client | undefined> {
    return this.#clients.get(idOrSlug, async () => {
      const row = await orUnavailable(() => findClientRow(this.#database, idOrSlug))
      return row && fromRow(row)
    })
  }

  /**
   * Whose budget a test call is made on when nobody says: the newest client that uses the gateway, the demo's last. Not remembered.
   */
  async findForTest(idOrSlug: string | undefined): Promise<Client | undefined> {
    const id = idOrSlug ?? (await orUnavailable(() => findTestClientId(this.#database)))
    return id === undefined ? undefined : await this.find(id)
  }

  /** Something about clients, keys or budgets changed: the next look asks the database again. */
  forget(): void {
    this.#clients.forget()
    this.#keys.forget()
  }

  /** Writes down which keys were used since the last time. */
  async noteUsedKeys(): Promise<void> {
    const ids = [...this.#usedKeys]
    this.#usedKeys.clear()
    if (ids.length === 0) return
    try {
      await touchClientKeys(this.#database, ids)
    } catch (error) {
      if (!isConnectionError(error)) this.#log.error('[Clients] last_used_at could not be written', error)
    }
  }

  #findKey(presented: string): Promise<ClientKey | undefined> {
    const hash = hashClientKey(presented)
    let isReal = false
    return this.#keys.get(hash.toString('latin1'), async () => {
      // A real key waits for nobody else's.
      const ask = async () => (isReal ? await findClientKeyRow(this.#database, hash) : await this.#unknownKeys.find(hash))
      const row = await orUnavailable(ask)
      isReal ||= row !== undefined
      return row && keyFromRow(row)
    })
  }
}

function keyFromRow(row: ClientKeyRow): ClientKey {
  return {
    id: row.id,
    clientId: row.client_id,
    allowedModels: row.allowed_models ?? undefined,
    requestsPerMinute: row.requests_per_minute ?? undefined,
    tokensPerMinute: row.tokens_per_minute ?? undefined,
    maxConcurrentCalls: row.max_concurrent_calls ?? undefined,
    expiresAtMs: row.expires_at?.getTime(),
    isRevoked: row.revoked_at !== null,
  }
}

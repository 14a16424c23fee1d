import { type Database, isConnectionError, orUnavailable } from '../database/index.ts'
import { type BaseUrls, type CreatorName, type Credentials, creatorNames, type ProviderDescription } from '../providers/index.ts'
import { ConfigurationError, type GatewayError, toGatewayError } from '../shared/errors.ts'
import type { Log } from '../shared/log.ts'
import { type Outage, Remembered } from '../shared/remembered.ts'
import { openSecret, type Secret } from '../shared/secret.ts'
import type { Vault } from '../vault/index.ts'
import { loadOwnProviders, type OwnProviders } from './own-providers.ts'
import { findSharedConfigRow, type SharedConfigRow } from './sql/find-shared-config.ts'

/** The keys and settings that all clients share. Keys print as `[secret]`. */
export interface SharedGatewayConfig {
  gatewayApiKey: Secret | undefined
  /** By the provider's name, those that the operator added included. */
  providerKeys: Readonly<Record<string, Secret>>
  /** The providers that the operator added, by name. Undefined: it cannot be called. */
  ownProviders: ReadonlyMap<string, ProviderDescription | undefined>
  cacheEnabled: boolean
  cacheTtlSeconds: number
  defaultFallbackChain: string[]
  maxRequestsPerMinute: number
  maxTokensPerMinute: number
  /** Of all clients together; undefined: any number. */
  maxConcurrentCalls: number | undefined
  route: 'auto' | 'vercel' | 'direct'
  /** No key is stored and the emulator answers in place of the providers. */
  isDemo: boolean
  baseUrls: BaseUrls
  /** Keys that are configured and do not open, and providers that are wrong. Calls that do not need them go on. */
  failures: ReadonlyMap<string, GatewayError>
}

/** What answers in place of the providers while no key is stored. Its keys never enter the vault. */
export interface DemoProviders {
  gatewayApiKey: Secret
  providerKeys: Readonly<Record<CreatorName, Secret>>
  baseUrls: BaseUrls
}

export interface SharedConfigOptions {
  database: Database
  vault: Vault
  baseUrls: BaseUrls
  demo: DemoProviders | undefined
  /** Packages that a provider of the operator's may be loaded from, besides `@ai-sdk/*`. */
  allowedPackages: readonly string[]
  log: Log
  outage: Outage
}

/** The one row of `shared_gateway_config` with its keys opened, remembered until something changes. */
export class SharedConfig {
  readonly #options: SharedConfigOptions
  readonly #remembered: Remembered<SharedGatewayConfig>
  #baseUrls: BaseUrls

  constructor(options: SharedConfigOptions) {
    this.#options = options
    this.#baseUrls = options.demo?.baseUrls ?? options.baseUrls
    this.#remembered = new Remembered(() => orUnavailable(() => this.#load()), options.outage)
  }

  /** Where the providers are for calls that begin now. */
  get baseUrls(): BaseUrls {
    return this.#baseUrls
  }

  /** Will `get` answer from memory? */
  get isCached(): boolean {
    return this.#remembered.isFresh
  }

  /**
   * Throws ConfigurationError: `no_shared_configuration` when the row is gone, `gateway_without_keys` when it names no key.
   * A failure is never remembered, and in an outage the last good one serves.
   */
  get(): Promise<SharedGatewayConfig> {
    return this.#remembered.get()
  }

  forget(): void {
    this.#remembered.forget()
  }

  async #load(): Promise<SharedGatewayConfig> {
    const { database, demo } = this.#options
    const row = await findSharedConfigRow(database)
    if (!row) {
      throw new ConfigurationError(
        'no_shared_configuration',
        'No shared configuration found: shared_gateway_config has no row. Run `catraca migrate`.',
      )
    }
    const stored = await this.#openKeys(row)
    const own = await loadOwnProviders(database, this.#options.vault, this.#options)
    const isEmpty = stored.keys.size === 0 && stored.failures.size === 0 && own.descriptions.size === 0
    if (isEmpty && !demo) {
      throw new ConfigurationError(
        'gateway_without_keys',
        'Gateway enabled but no config found: shared_gateway_config names no key. Store them with `catraca setup`.',
      )
    }
    const isDemo = isEmpty && demo !== undefined
    const failures = new Map([...stored.failures, ...own.failures])
    const keys = isDemo ? demo : { ...keysOf(stored.keys, own), baseUrls: this.#options.baseUrls }
    const config = toSharedConfig(row, keys, own, failures, isDemo)
    this.#baseUrls = config.baseUrls
    return config
  }

  async #openKeys(row: SharedConfigRow) {
    const keys = new Map<CreatorName | 'gateway', Secret>()
    const failures = new Map<CreatorName | 'gateway', GatewayError>()
    for (const which of ['gateway', ...creatorNames] as const) {
      const id = row[`${which}_api_key_secret_id`]
      if (id === null) continue
      try {
        keys.set(which, await this.#options.vault.read(id, which))
      } catch (error) {
        if (isConnectionError(error)) throw error
        this.#options.log.error(`[AI Gateway] Failed to decrypt key: ${which}`)
        failures.set(which, toGatewayError(error))
      }
    }
    return { keys, failures }
  }
}

/** The plain keys of one call. */
export function revealCredentials(config: SharedGatewayConfig, user: string): Credentials {
  const open = (secret: Secret) => openSecret(secret, (value) => value)
  const providerKeys = Object.fromEntries(Object.entries(config.providerKeys).map(([name, secret]) => [name, open(secret)]))
  return { gatewayKey: config.gatewayApiKey && open(config.gatewayApiKey), providerKeys, user }
}

interface Keys {
  gatewayApiKey: Secret | undefined
  providerKeys: Readonly<Record<string, Secret>>
  baseUrls: BaseUrls
}

function keysOf(keys: ReadonlyMap<string, Secret>, own: OwnProviders): Pick<Keys, 'gatewayApiKey' | 'providerKeys'> {
  const { gateway, ...providerKeys } = Object.fromEntries([...keys, ...own.keys]) as Record<string, Secret>
  return { gatewayApiKey: gateway, providerKeys }
}

function toSharedConfig(
  row: SharedConfigRow,
  keys: Keys,
  own: OwnProviders,
  failures: SharedGatewayConfig['failures'],
  isDemo: boolean,
): SharedGatewayConfig {
  const chain = row.default_fallback_chain
  return {
    gatewayApiKey: keys.gatewayApiKey,
    providerKeys: keys.providerKeys,
    ownProviders: own.descriptions,
    baseUrls: keys.baseUrls,
    cacheEnabled: row.cache_enabled,
    cacheTtlSeconds: row.cache_ttl_seconds,
    defaultFallbackChain: Array.isArray(chain) ? chain.filter((entry) => typeof entry === 'string') : [],
    maxRequestsPerMinute: row.max_requests_per_minute,
    maxTokensPerMinute: row.max_tokens_per_minute,
    maxConcurrentCalls: row.max_concurrent_calls ?? undefined,
    route: row.route,
    isDemo,
    failures,
  }
}

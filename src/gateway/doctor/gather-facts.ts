import { type Client, findTestClient, getClient, listClients } from '../../clients/index.ts'
import type { Config } from '../../config/index.ts'
import { readServerVersion } from '../../database/index.ts'
import { type BookCheck, type Budget, checkBooks, listBudgets } from '../../ledger/index.ts'
import { countModels, createExchangeRates, type ExchangeQuote, loadRegistry } from '../../pricing/index.ts'
import { createUpstream, keyProblem } from '../../providers/index.ts'
import { toGatewayError } from '../../shared/errors.ts'
import { openSecret } from '../../shared/secret.ts'
import { findLatestCall, type LatestCall } from '../../usage/index.ts'
import type { Store } from '../open-store.ts'
import { listProviders, type OwnProvider } from '../own-providers.ts'
import { probeProvider } from '../probe-provider.ts'
import { findSharedKeys, type SharedKeySlot, sharedKeySlots } from '../shared-keys.ts'

/** A shared key as it is linked: without an id, not stored. */
export interface KeyFact {
  slot: SharedKeySlot
  id: string | undefined
  /** Why it is not good, in words; undefined if nothing is known against it. */
  problem: string | undefined
}

/** A provider that the operator added. */
export interface OwnProviderFact {
  provider: OwnProvider
  models: number
  /** Undefined if nothing is known against it. */
  problem: string | undefined
}

/** All that the checks judge. Gathering it spends nothing. */
export interface Facts {
  isEnabled: boolean
  /** Where the gateway answers, if it does. */
  gatewayUrl: string | undefined
  /** Where it would, for the words of a fix. */
  port: number
  /** Undefined where shared_gateway_config has no row. */
  route: string | undefined
  keys: KeyFact[]
  ownProviders: OwnProviderFact[]
  clientCount: number
  testClient: Client | undefined
  budgets: Budget[]
  latestCall: LatestCall | undefined
  latestTest: LatestCall | undefined
  books: BookCheck
  quote: ExchangeQuote | undefined
  modelCount: number
  postgres: string
  isEmbedded: boolean
  vaultKind: 'own' | 'supabase'
  applied: string[]
}

/**
 * `gatewayUrl`: where a running gateway was found. With `online` each provider is asked whether its key is good, for free. `client`: which
 * one the test is made with, instead of the one that would be taken; throws InvalidRequestError `not_found` for one that there is not.
 */
export async function gatherFacts(
  store: Store,
  config: Config,
  options: { online: boolean; gatewayUrl: string | undefined; client?: string | undefined },
): Promise<Facts> {
  const { owner } = store
  const shared = await findSharedKeys(owner)
  const testClient = options.client === undefined ? await findTestClient(owner) : await getClient(owner, options.client)
  const rates = createExchangeRates({ database: owner, fixedRate: config.usdBrlRate, baseUrl: config.exchangeRateUrl })
  await rates.load()
  if (options.online) await rates.refresh()
  const [keys, ownProviders, clients, budgets, latestCall, latestTest, books, registry, postgres] = await Promise.all([
    gatherKeys(store, config, shared?.ids ?? {}, options.online),
    gatherOwnProviders(store, config, options.online),
    listClients(owner),
    testClient ? listBudgets(owner, [testClient.id]) : [],
    findLatestCall(owner),
    findLatestCall(owner, 'test'),
    checkBooks(owner),
    loadRegistry(owner),
    readServerVersion(owner),
  ])
  return {
    isEnabled: config.isEnabled,
    gatewayUrl: options.gatewayUrl,
    port: config.port,
    route: shared?.route,
    keys,
    ownProviders,
    clientCount: clients.length,
    testClient,
    budgets,
    latestCall,
    latestTest,
    books,
    quote: rates.find(),
    modelCount: registry.models.length,
    postgres,
    isEmbedded: config.databaseUrl === undefined,
    vaultKind: store.vault.kind,
    applied: store.migrated,
  }
}

async function gatherKeys(
  store: Store,
  config: Config,
  ids: Partial<Record<SharedKeySlot['key'], string>>,
  online: boolean,
): Promise<KeyFact[]> {
  const upstream = createUpstream({ baseUrls: config.baseUrls, userAgent: 'catraca-doctor' })
  try {
    return await Promise.all(
      sharedKeySlots.map(async (slot) => {
        const id = ids[slot.key]
        return { slot, id, problem: id === undefined ? undefined : await findProblem(store, upstream, slot, id, online) }
      }),
    )
  } finally {
    await upstream.close()
  }
}

async function gatherOwnProviders(store: Store, config: Config, online: boolean): Promise<OwnProviderFact[]> {
  const counts = await countModels(store.owner)
  return await Promise.all(
    (await listProviders(store.owner)).map(async (provider) => {
      const models = counts.get(provider.entry.name) ?? 0
      const { ok, message } = await probeProvider(store, config, provider, { online })
      return { provider, models, problem: ok ? undefined : message }
    }),
  )
}

/** A key that opens, has the right form and, where it was asked, is good at its provider has none. */
async function findProblem(
  { vault }: Store,
  upstream: ReturnType<typeof createUpstream>,
  { key, provider }: SharedKeySlot,
  id: string,
  online: boolean,
): Promise<string | undefined> {
  try {
    const secret = await vault.read(id, key)
    const form = openSecret(secret, (value) => keyProblem(provider, value))
    if (form !== undefined || !online) return form
    const result = await openSecret(secret, (value) => upstream.probe(provider, value))
    return result.ok ? undefined : result.message
  } catch (error) {
    return toGatewayError(error).publicMessage
  }
}

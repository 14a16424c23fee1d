import { type Client, findTestClient, getClient, listClients } from '../../clients/index.ts'
import type { Config } from '../../config/index.ts'
import { compareMigrations, type MigrationsCompared, readServerVersion } from '../../database/index.ts'
import { type BookCheck, type Budget, checkBooks, countClientsInReais, listBudgets } from '../../ledger/index.ts'
import { countModels, createExchangeRates, type ExchangeQuote, loadRegistry } from '../../pricing/index.ts'
import { createUpstream, keyProblem } from '../../providers/index.ts'
import { type Clock, systemClock } from '../../shared/clock.ts'
import { toGatewayError } from '../../shared/errors.ts'
import { openSecret } from '../../shared/secret.ts'
import { findLatestCall, type LatestCall } from '../../usage/index.ts'
import type { Store } from '../open-store.ts'
import { listProviders, type OwnProvider } from '../own-providers.ts'
import { probeProvider } from '../probe-provider.ts'
import { findSharedKeys, type SharedKeySlot, sharedKeySlots } from '../shared-keys.ts'
import type { Check } from './check.ts'
import { checkClock, checkServerSettings } from './check-database.ts'
import { checkMail } from './check-mail.ts'
import { checkPrices } from './check-prices.ts'
import { checkSpool } from './check-spool.ts'
import { checkWhatsApp } from './check-whatsapp.ts'
import { checkJobs, checkLostCalls, checkNotifications } from './check-work.ts'
import { runLimited } from './run-limited.ts'

/** Whoever asks is waiting, and a check that gets no answer says so. */
const checkLimitMs = 3_000
const limitedChecks = [
  checkServerSettings,
  checkClock,
  checkSpool,
  checkLostCalls,
  checkJobs,
  checkNotifications,
  checkMail,
  checkWhatsApp,
  checkPrices,
]

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
  /** With a budget in reais. */
  clientsInReais: number
  nowMs: number
  modelCount: number
  postgres: string
  isEmbedded: boolean
  vaultKind: 'own' | 'supabase'
  applied: string[]
  migrations: MigrationsCompared
  /** Judged where they were looked at, each within a limit. */
  limited: Check[]
}

interface FactsWish {
  online: boolean
  gatewayUrl: string | undefined
  client?: string | undefined
  /** Without our own checks, some of which write to the disk and open secrets. */
  guideOnly?: boolean
  /** Default: as `online`. */
  thorough?: boolean
  clock?: Clock
}

/**
 * `gatewayUrl`: where a running gateway was found. With `online` each provider is asked whether its key is good, for free. `client`: which
 * one the test is made with, instead of the one that would be taken; throws InvalidRequestError `not_found` for one that there is not.
 */
export async function gatherFacts(store: Store, config: Config, options: FactsWish): Promise<Facts> {
  const { owner } = store
  const shared = await findSharedKeys(owner)
  const testClient = options.client === undefined ? await findTestClient(owner) : await getClient(owner, options.client)
  const rates = createExchangeRates({
    database: owner,
    fixedRate: config.usdBrlRate,
    baseUrl: config.exchangeRateUrl,
    timeoutMs: checkLimitMs,
  })
  await rates.load()
  if (options.online) await rates.refresh()
  const [keys, ownProviders, clients, budgets, latestCall, latestTest, books, registry, postgres, migrations, clientsInReais] =
    await Promise.all([
      gatherKeys(store, config, shared?.ids ?? {}, options.online),
      gatherOwnProviders(store, config, options.online),
      listClients(owner),
      testClient ? listBudgets(owner, [testClient.id]) : [],
      findLatestCall(owner),
      findLatestCall(owner, 'test'),
      checkBooks(owner),
      loadRegistry(owner),
      readServerVersion(owner),
      compareMigrations(owner),
      countClientsInReais(owner),
    ])
  const { online: isOnline, gatewayUrl, guideOnly = false, thorough: isThorough = isOnline, clock = systemClock } = options
  const place = { store, config, isOnline, isThorough, gatewayUrl, clock, limitMs: checkLimitMs }
  return {
    isEnabled: config.isEnabled,
    gatewayUrl,
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
    clientsInReais,
    nowMs: clock.nowMs(),
    modelCount: registry.models.length,
    postgres,
    isEmbedded: config.databaseUrl === undefined,
    vaultKind: store.vault.kind,
    applied: store.migrated,
    migrations,
    // After the rest, so that they do not wait for a connection behind it.
    limited: guideOnly ? [] : await runLimited(limitedChecks, place),
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

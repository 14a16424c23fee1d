import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { alertStaleRate } from './alerts/index.ts'
import { IdempotencyKeys, ResponseCache } from './cache/index.ts'
import { ClientDirectory } from './clients/index.ts'
import type { Config } from './config/index.ts'
import { type Database, isConnectionError, orUnavailable } from './database/index.ts'
import {
  CallsUnderWay,
  type DemoProviders,
  type GatewayContext,
  openStore,
  SharedConfig,
  type Store,
  watchChanges,
} from './gateway/index.ts'
import { BudgetShares, isKnownCall, openLedger } from './ledger/index.ts'
import { Limiter } from './limits/index.ts'
import { observeParts } from './observe-parts.ts'
import { createExchangeRates, type ExchangeRates, loadRegistry } from './pricing/index.ts'
import { createUpstream, type Upstream } from './providers/index.ts'
import { loadModelRoutes, Retries, TargetHealth } from './routing/index.ts'
import { systemClock } from './shared/clock.ts'
import type { Log } from './shared/log.ts'
import { Outage, Remembered } from './shared/remembered.ts'
import { userAgent } from './shared/version.ts'
import { openTelemetry } from './telemetry/index.ts'
import { keepPartitions } from './usage/index.ts'

const refreshRateEveryMs = 60 * 60 * 1000
const noteKeysEveryMs = 30_000
const reloadRegistryEveryMs = 60_000
const forgetKeysEveryMs = 60 * 60 * 1000
const keepMonthsEveryMs = 24 * 60 * 60 * 1000

export interface Context extends GatewayContext {
  store: Store
  checkReady(): Promise<void>
  /** Books what is left and lets go of everything. */
  close(): Promise<void>
}

export interface ContextOptions {
  log: Log
  /**
   * `server`: final records go to the spool in the data directory, and changes arrive as notifications. `library`: settling waits for the
   * database, because a serverless function has neither a disk nor a life between two calls.
   */
  kind: 'server' | 'library'
  /** Which of several processes on one port this is, for its metrics. */
  worker?: string | undefined
  /** Made on demand, when the store has no key. */
  demo?: ((store: Store) => Promise<DemoProviders | undefined>) | undefined
}

/** The composition root: builds each module once. */
export async function openContext(config: Config, options: ContextOptions): Promise<Context> {
  const { log, kind } = options
  const clock = systemClock
  const telemetry = await openTelemetry({ ...config.telemetry, log, worker: options.worker, joinsApplication: kind === 'library' })
  const store = await openStore({ ...config, maxConnections: config.pools.databaseConnections, log })
  const { gateway: database, vault } = store
  const demo = await options.demo?.(store)
  const replica = `${hostname()}-${randomBytes(4).toString('hex')}`
  const ledger = await openLedger({ database, replica, log, ...ledgerSettings(config, kind) })
  const outage = new Outage()
  const askRegistry = () => orUnavailable(() => loadRegistry(database))
  const registry = new Remembered(askRegistry, outage)
  const routes = new Remembered(() => orUnavailable(() => loadModelRoutes(database)), outage)
  const clients = new ClientDirectory({ database, clock, log, outage })
  const sharedConfig = new SharedConfig({ ...config, database, vault, demo, log, outage })
  const changes = await watchChanges({ database, vault, log, onChange: () => forgetAll([clients, sharedConfig, registry, routes]) })
  const upstream = openUpstream(config, sharedConfig)
  const rates = createExchangeRates({ database, fixedRate: config.usdBrlRate, baseUrl: config.exchangeRateUrl })
  await rates.load()
  const limiter = new Limiter({ database, waitMs: config.limitsWaitMs, clock, log, outage })
  const idempotency = openIdempotency(config, database, log)
  const responseCache = new ResponseCache({ ...config.cache, database, vault, clock, log, outage })
  const callsUnderWay = new CallsUnderWay()
  await keepMonths(database, log)
  const targetHealth = new TargetHealth({ clock, log, failuresToOpen: config.failuresToPassOver })
  observeParts(telemetry, { database, ledger, limiter, responseCache, upstream, targetHealth, rates, callsUnderWay, clients, store })
  const stopTimers = startTimers({ database, clients, rates, registry, idempotency, log, kind })

  return {
    settings: settingsOf(config),
    store,
    clients,
    sharedConfig,
    models: () => registry.get(),
    routes: () => routes.get(),
    budgetShares: new BudgetShares({ database, clock, outage }),
    rates,
    ledger,
    limiter,
    idempotency,
    responseCache,
    upstream,
    targetHealth,
    retries: new Retries({ most: config.retries }),
    callsUnderWay,
    telemetry,
    clock,
    log,
    async checkReady() {
      // Asks the database itself and leaves what is remembered alone: calls live on that while the database is away.
      await Promise.all([askRegistry(), sharedConfig.get()])
    },
    async close() {
      stopTimers()
      await changes.stop()
      await clients.noteUsedKeys()
      // What still runs is ended, and booked as far as it came, before the ledger closes.
      await upstream.close()
      await callsUnderWay.ended()
      await limiter.close()
      await idempotency.close()
      await responseCache.close()
      await ledger.close()
      await store.close()
      await telemetry.close()
    },
  }
}

function openUpstream({ pools }: Config, sharedConfig: SharedConfig): Upstream {
  const connections = { connections: pools.upstreamConnections, keepAliveMs: pools.upstreamKeepAliveMs }
  return createUpstream({ baseUrls: (provider) => sharedConfig.baseUrls[provider], userAgent, connections })
}

function ledgerSettings({ dataDir, spoolMaxBytes, expireEveryMs }: Config, kind: ContextOptions['kind']) {
  return { spoolDir: kind === 'server' ? join(dataDir, 'spool') : undefined, spoolMaxBytes, expireEveryMs }
}

function settingsOf({ isEnabled, timeouts, drainTimeoutMs, budgetWaitMs, holdMarginMs, pools }: Config): GatewayContext['settings'] {
  return { isEnabled, timeouts, drainTimeoutMs, budgetWaitMs, holdMarginMs: holdMarginMs + drainTimeoutMs, maxCalls: pools.maxCalls }
}

function openIdempotency(config: Config, database: Database, log: Log): IdempotencyKeys {
  return new IdempotencyKeys({
    ...config.idempotency,
    database,
    isKnownCall: (callId) => isKnownCall(database, callId),
    waitMs: config.timeouts.totalMs,
    clock: systemClock,
    log,
  })
}

function forgetAll(memories: readonly { forget(): void }[]): void {
  for (const memory of memories) memory.forget()
}

interface TimedParts {
  database: Database
  clients: ClientDirectory
  rates: ExchangeRates
  registry: { forget: () => void }
  idempotency: IdempotencyKeys
  log: Log
  kind: ContextOptions['kind']
}

/** Never fails: a month that is not there is made the next time, and its rows are in the default partition until then. */
async function keepMonths(database: Database, log: Log): Promise<void> {
  try {
    await keepPartitions(database, { retentionMonths: undefined })
  } catch (error) {
    log.error('[Usage] months could not be made; the next try is in a day', error)
  }
}

function startTimers({ database, clients, rates, registry, idempotency, log, kind }: TimedParts): () => void {
  const refreshRate = async () => {
    const { problem } = await rates.refresh()
    const quote = rates.find()
    if (!quote?.stale) return
    if (problem !== undefined) {
      log.warn(`[Exchange] ${problem} The rate in use, ${quote.rate}, is of ${quote.quotedAt.toISOString().slice(0, 10)}.`)
    }
    await alertStaleRate(database, quote).catch((error: unknown) => {
      if (!isConnectionError(error)) log.error('[Exchange] the alert of a stale rate could not be written', error)
    })
  }
  void refreshRate()
  const timers = [
    setInterval(refreshRate, refreshRateEveryMs),
    setInterval(() => clients.noteUsedKeys(), noteKeysEveryMs),
    // A price whose valid_to passes changes nothing in the database, so nothing notifies.
    setInterval(() => registry.forget(), reloadRegistryEveryMs),
    setInterval(
      () => idempotency.deleteOld().catch((error) => log.error('[Idempotency] old keys could not be deleted', error)),
      forgetKeysEveryMs,
    ),
  ]
  // A server has a job for it.
  if (kind === 'library') timers.push(setInterval(() => keepMonths(database, log), keepMonthsEveryMs))
  for (const timer of timers) timer.unref()
  return () => timers.forEach(clearInterval)
}

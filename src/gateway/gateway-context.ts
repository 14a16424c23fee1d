import type { IdempotencyKeys, ResponseCache } from '../cache/index.ts'
import type { ClientDirectory } from '../clients/index.ts'
import type { BudgetShares, Ledger } from '../ledger/index.ts'
import type { Limiter } from '../limits/index.ts'
import type { ExchangeRates, ModelRegistry } from '../pricing/index.ts'
import type { Timeouts, Upstream } from '../providers/index.ts'
import type { ModelRoutes, Retries, TargetHealth } from '../routing/index.ts'
import type { TimedClock } from '../shared/clock.ts'
import type { Log } from '../shared/log.ts'
import type { Telemetry } from '../telemetry/index.ts'
import type { CallsUnderWay } from './calls-under-way.ts'
import type { SharedConfig } from './shared-config.ts'

/** What a call needs of the process. Built once, in src/context.ts. */
export interface GatewayContext {
  settings: {
    /** `ENABLE_AI_GATEWAY`, the first of the two flags. */
    isEnabled: boolean
    timeouts: Timeouts
    drainTimeoutMs: number
    budgetWaitMs: number
    holdMarginMs: number
    /** Calls under way in this process. */
    maxCalls: number
  }
  clients: ClientDirectory
  sharedConfig: SharedConfig
  /** The registry as it is now. */
  models(): Promise<ModelRegistry>
  /** The operator's own names for models, as they are now. */
  routes(): Promise<ModelRoutes>
  budgetShares: BudgetShares
  rates: ExchangeRates
  ledger: Ledger
  limiter: Limiter
  idempotency: IdempotencyKeys
  responseCache: ResponseCache
  upstream: Upstream
  targetHealth: TargetHealth
  retries: Retries
  callsUnderWay: CallsUnderWay
  telemetry: Telemetry
  clock: TimedClock
  log: Log
}

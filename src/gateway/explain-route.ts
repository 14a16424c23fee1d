import type { Client } from '../clients/index.ts'
import type { Database } from '../database/index.ts'
import { type BudgetShare, BudgetShares } from '../ledger/index.ts'
import { boundTotal, loadRegistry, upperBound } from '../pricing/index.ts'
import type { BaseUrls, Target, Timeouts } from '../providers/index.ts'
import { loadModelRoutes, type ModelRoute, TargetHealth } from '../routing/index.ts'
import { systemClock } from '../shared/clock.ts'
import type { Log } from '../shared/log.ts'
import type { NanoUsd } from '../shared/money.ts'
import { Outage } from '../shared/remembered.ts'
import type { Vault } from '../vault/index.ts'
import { modelOf, planCall } from './plan-call.ts'
import type { PlanContext } from './plan-context.ts'
import { type DemoProviders, SharedConfig } from './shared-config.ts'

/** What would become of a call: nothing is held and nobody is asked. */
export interface ExplainedRoute {
  /** Undefined where the model was named by its own name. */
  route: ModelRoute | undefined
  /** In the order in which they would be tried; where chance or speed decides, the likeliest or the first listed comes first. */
  targets: (Pick<Target, 'identifier' | 'via'> & {
    /** The most that the call can cost there. */
    mostUsd: NanoUsd
  })[]
  /** Why the first is not the model that was asked for. */
  reason: string | undefined
  /** The client's budget that is used up the most. */
  budget: BudgetShare | undefined
  /** For each answer, as many as are held. */
  outputTokens: number
  hedgeAfterMs: number | undefined
  timeouts: Timeouts
}

export interface RouteParts {
  database: Database
  vault: Vault
  baseUrls: BaseUrls
  allowedPackages: readonly string[]
  timeouts: Timeouts
  /** What answers where there is no provider, if a demo may. */
  demo?: DemoProviders | undefined
  log: Log
}

/**
 * The plan of a streamed call, from what is in the database. Which targets fail, and how fast they are, only a running gateway knows. Throws
 * what such a call would be refused with.
 */
export async function explainRoute(
  { database, vault, baseUrls, allowedPackages, timeouts, demo, log }: RouteParts,
  call: { client: Client; model: string | undefined; inputTokens: number; outputTokens: number | undefined },
): Promise<ExplainedRoute> {
  const outage = new Outage()
  const [registry, routes] = await Promise.all([loadRegistry(database), loadModelRoutes(database)])
  const context: PlanContext = {
    sharedConfig: new SharedConfig({ database, vault, baseUrls, allowedPackages, demo, log, outage }),
    models: async () => registry,
    routes: async () => routes,
    budgetShares: new BudgetShares({ database, clock: systemClock, outage }),
    rates: { find: () => undefined },
    targetHealth: new TargetHealth({ clock: systemClock, log, failuresToOpen: 0 }),
    settings: { timeouts },
    log,
  }
  const demand = {
    model: call.model,
    maxOutputTokens: call.outputTokens,
    choices: 1,
    inputTokensBound: call.inputTokens,
    hasAudio: false,
    stream: true,
  }
  const plan = await planCall(context, { client: call.client, key: undefined, demand }, () => 0.5)
  return {
    route: plan.alias === undefined ? undefined : routes.find(call.client.id, plan.alias),
    targets: plan.targets.map((target) => ({
      identifier: target.identifier,
      via: target.via,
      mostUsd: boundTotal(upperBound(modelOf(plan, target), { inputTokens: call.inputTokens }), plan.outputTokens),
    })),
    reason: plan.skipped,
    budget: await context.budgetShares.find(call.client.id),
    outputTokens: plan.outputTokens,
    hedgeAfterMs: plan.hedgeAfterMs,
    timeouts: plan.timeouts,
  }
}

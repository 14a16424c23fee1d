import { countAlerts } from '../../alerts/index.ts'
import type { Config } from '../../config/index.ts'
import type { Store } from '../../gateway/index.ts'
import { type Budget, countDeadLetters, countOpenCalls, listBudgets, type OpenCalls } from '../../ledger/index.ts'
import { findLiveClients, findLiveTargets, findSince, type LiveClient, type LiveTarget, totalUsage } from '../../usage/index.ts'
import { findRunningGateway } from '../find-running-gateway.ts'
import { type GatewayFigures, readGatewayFigures } from './read-gateway-figures.ts'

/** Rows of a screen; whoever wants all has `catraca usage --by client`. */
const mostClients = 20
const mostTargets = 20
const costsEveryMs = 10_000

export interface TopClient extends LiveClient {
  /** Of the client's own day; a decimal string, null where no call has a price in reais. */
  todayBrl: string | null
  /** The budget of which it has used most. */
  budget: Budget | undefined
}

export interface TopFigures {
  at: Date
  clients: TopClient[]
  targets: LiveTarget[]
  open: OpenCalls
  alerts: number
  deadLetters: number
  /** Of the gateway of this configuration; undefined where none answers on this machine. */
  gateway: GatewayFigures | undefined
}

/** What was asked for lately, so that a look each second does not sum up a day each second. */
export interface TopMemory {
  costsAtMs: number
  /** In reais, by client. */
  costs: Map<string, string | null>
}

/**
 * What `catraca top` shows, as it is now: from the database, and, where a gateway runs here, from its own metrics. Costs of the day are at
 * most ten seconds old.
 */
export async function gatherTop(
  { owner }: Pick<Store, 'owner'>,
  config: Pick<Config, 'host' | 'port' | 'telemetry' | 'adminToken'>,
  memory: TopMemory = { costsAtMs: 0, costs: new Map() },
): Promise<TopFigures> {
  const [clients, targets, open, alerts, deadLetters, url] = await Promise.all([
    findLiveClients(owner, mostClients),
    findLiveTargets(owner, mostTargets),
    countOpenCalls(owner),
    countAlerts(owner),
    countDeadLetters(owner),
    findRunningGateway(config.host, config.port),
  ])
  const ids = clients.map(({ id }) => id)
  const budgets = Map.groupBy(ids.length === 0 ? [] : await listBudgets(owner, ids), ({ clientId }) => clientId)
  if (performance.now() - memory.costsAtMs > costsEveryMs) {
    memory.costs.clear()
    memory.costsAtMs = performance.now()
  }
  for (const { id, time_zone } of clients.filter((client) => !memory.costs.has(client.id))) {
    const today = await totalUsage(owner, { clientId: id, ...(await findSince(owner, { kind: 'today' }, time_zone)) })
    memory.costs.set(id, today?.cost_brl ?? null)
  }
  return {
    at: new Date(),
    clients: clients.map((client) => ({
      ...client,
      todayBrl: memory.costs.get(client.id) ?? null,
      budget: mostUsed(budgets.get(client.id) ?? []),
    })),
    targets,
    open,
    alerts: alerts.reduce((sum, { last_hour }) => sum + last_hour, 0),
    deadLetters,
    gateway: url === undefined ? undefined : await readGatewayFigures(url, config.telemetry.metricsToken ?? config.adminToken),
  }
}

function mostUsed(budgets: readonly Budget[]): Budget | undefined {
  return budgets.toSorted((a, b) => Number(b.percentage) - Number(a.percentage))[0]
}

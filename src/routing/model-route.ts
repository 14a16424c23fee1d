import type { Timeouts, Via } from '../providers/index.ts'

export const strategies = ['ordered', 'weighted', 'cheapest', 'fastest'] as const
export type Strategy = (typeof strategies)[number]

/** A model that an alias may mean, by a route or, without one, by every route there is. */
export interface RouteTarget {
  /** By any name of the registry's. */
  model: string
  via?: Via | undefined
  /** Its share where the strategy is `weighted`; undefined counts as 1, and 0 is only tried after all others. */
  weight?: number | undefined
}

/** What the operator made an alias mean. */
export interface ModelRoute {
  alias: string
  /** Undefined: for every client that has none of its own by this alias. */
  clientId: string | undefined
  strategy: Strategy
  targets: readonly RouteTarget[]
  /** Models that come after the targets; undefined takes the client's chain, or the shared one. */
  fallbacks: readonly string[] | undefined
  /** A streamed call without a word after so long is also asked of the next target. */
  hedgeAfterMs: number | undefined
  /** From this percentage of any of the client's budgets on, the model is asked in place of the targets. */
  downgrade: { threshold: number; model: string } | undefined
  /** In place of the installation's; a total that is longer than the installation's counts as that. */
  timeouts: Partial<Timeouts>
}

export interface ModelRouteRow {
  alias: string
  client_id: string | null
  /** Of the client. */
  slug: string | null
  strategy: Strategy
  targets: { model: string; via?: Via; weight?: number }[]
  fallbacks: string[] | null
  hedge_after_ms: number | null
  downgrade: { threshold: number; model: string } | null
  timeouts: { connect_ms?: number; first_byte_ms?: number; idle_ms?: number; total_ms?: number } | null
}

export function fromModelRouteRow(row: ModelRouteRow): ModelRoute {
  const { connect_ms: connectMs, first_byte_ms: firstByteMs, idle_ms: idleMs, total_ms: totalMs } = row.timeouts ?? {}
  return {
    alias: row.alias,
    clientId: row.client_id ?? undefined,
    strategy: row.strategy,
    targets: row.targets.map(({ model, via, weight }) => ({ model, via, weight })),
    fallbacks: row.fallbacks ?? undefined,
    hedgeAfterMs: row.hedge_after_ms ?? undefined,
    downgrade: row.downgrade ?? undefined,
    timeouts: {
      ...(connectMs !== undefined && { connectMs }),
      ...(firstByteMs !== undefined && { firstByteMs }),
      ...(idleMs !== undefined && { idleMs }),
      ...(totalMs !== undefined && { totalMs }),
    },
  }
}

import type { Queryable } from '../database/index.ts'
import { fromModelRouteRow, type ModelRoute } from './model-route.ts'
import { findModelRouteRows } from './sql/find-model-routes.ts'

/** All aliases, as they were when they were loaded. */
export class ModelRoutes {
  readonly #byName = new Map<string, ModelRoute>()

  constructor(routes: Iterable<ModelRoute>) {
    for (const route of routes) this.#byName.set(nameOf(route.clientId, route.alias), route)
  }

  /** What an alias means for a client: its own before the shared one. */
  find(clientId: string, alias: string): ModelRoute | undefined {
    return this.#byName.get(nameOf(clientId, alias)) ?? this.#byName.get(nameOf(undefined, alias))
  }

  /** What each alias means that this client may say, by its name. */
  listFor(clientId: string): ModelRoute[] {
    const aliases = [...this.#byName.values()].filter((route) => (route.clientId ?? clientId) === clientId).map(({ alias }) => alias)
    return [...new Set(aliases)].sort().flatMap((alias) => this.find(clientId, alias) ?? [])
  }
}

/** Load them again when `catraca_changed` says `model_routes`. */
export async function loadModelRoutes(db: Queryable): Promise<ModelRoutes> {
  return new ModelRoutes((await findModelRouteRows(db)).map(fromModelRouteRow))
}

function nameOf(clientId: string | undefined, alias: string): string {
  return `${clientId ?? ''} ${alias}`
}

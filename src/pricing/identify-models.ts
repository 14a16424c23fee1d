import type { Queryable } from '../database/index.ts'
import { loadRegistry } from './load-registry.ts'

/** By any name that a caller may use, also separated by commas. A model that is not in the registry would make a list that allows nothing. */
export async function identifyModels(db: Queryable, names: readonly string[] | undefined): Promise<string[] | undefined> {
  if (names === undefined) return undefined
  const registry = await loadRegistry(db)
  const identifiers = names.flatMap((name) => name.split(',')).map((name) => registry.get(name.trim()).gatewayIdentifier)
  return [...new Set(identifiers)]
}

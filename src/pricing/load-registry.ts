import type { Queryable } from '../database/index.ts'
import { createModelRegistry, type ModelRegistry } from './model-registry.ts'
import { fromModelRow, type ModelRow } from './model-row.ts'
import { selectModels } from './sql/select-models.ts'

/** Reads the registry as it is now. Load it again when `catraca_changed` says `ai_models_registry`, and once in a while for `valid_to`. */
export async function loadRegistry(database: Queryable): Promise<ModelRegistry> {
  const rows = await database.query<ModelRow>(selectModels)
  return createModelRegistry(rows.map(fromModelRow))
}

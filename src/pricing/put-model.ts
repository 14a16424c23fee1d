import type { Queryable } from '../database/index.ts'
import type { ApiType } from './model.ts'
import type { CapabilityColumns } from './model-row.ts'
import { countModelRows } from './sql/count-models.ts'
import { putModelRow } from './sql/put-model.ts'

/** A model of the operator's, by the columns' names. What is undefined is not said. */
export interface ModelWish {
  provider: string
  model_name: string
  api_type: ApiType
  /** US dollars for a million tokens, as decimals: 0 is a price too. */
  input_price_per_million: string | undefined
  output_price_per_million: string | undefined
  /** Undefined: what input costs. */
  cached_input_price_per_million: string | undefined
  /** US dollars, of what is billed so in place of tokens. */
  price_per_audio_minute: string | undefined
  price_per_character: string | undefined
  price_per_image: string | undefined
  capabilities: CapabilityColumns | undefined
  context_window: number | undefined
  max_output_tokens: number | undefined
  default_max_output_tokens: number | undefined
  aliases: readonly string[] | undefined
}

/** Adds a model to the registry, or gives a known one other prices. Gateways follow within a second. */
export async function putModel(db: Queryable, wish: ModelWish): Promise<{ isNew: boolean }> {
  const [stored] = await db.query<{ is_new: boolean }>(putModelRow, [JSON.stringify(wish)])
  return { isNew: stored?.is_new ?? false }
}

/** How many models of each provider may be called. */
export async function countModels(db: Queryable): Promise<Map<string, number>> {
  const rows = await db.query<{ provider: string; models: number }>(countModelRows)
  return new Map(rows.map(({ provider, models }) => [provider, models]))
}

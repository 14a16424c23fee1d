import type { ApiType } from './model.ts'
import type { CapabilityColumns, PriceColumns } from './model-row.ts'

/** A model as the price source knows it: what a row of `ai_models_registry` is seeded and refreshed from. */
export interface RegistryEntry extends PriceColumns {
  provider: string
  creator: string
  model_name: string
  gateway_identifier: string
  vercel_identifier: string | null
  api_type: ApiType
  capabilities: CapabilityColumns
  context_window: number | null
  max_output_tokens: number | null
  default_max_output_tokens: number
  /** Where the prices can be read. */
  price_reference: string
  is_active: boolean
  aliases: string[]
}

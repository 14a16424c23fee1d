import type { PriceColumns } from '../model-row.ts'

export interface KnownModel extends PriceColumns {
  id: string
  gateway_identifier: string
  price_source: 'catalogue' | 'operator'
  aliases: string[]
}

/** All models, inactive ones too. */
export const findKnownModels = `
  select id, gateway_identifier, price_source, aliases, input_price_per_million, output_price_per_million, cached_input_price_per_million,
    cache_write_price_per_million, cache_write_1h_price_per_million, price_per_audio_minute, price_per_character, price_per_image,
    minimum_audio_seconds, price_tiers
  from ai_models_registry
  order by gateway_identifier
`

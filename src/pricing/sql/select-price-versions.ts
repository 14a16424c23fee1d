import type { PriceColumns } from '../model-row.ts'

export interface PriceVersionRow extends PriceColumns {
  id: string
  gateway_identifier: string
  price_source: string
  price_reference: string | null
  valid_from: Date
  valid_to: Date | null
}

/** $1: ids of model_prices. */
export const selectPriceVersions = `
  select id, gateway_identifier, input_price_per_million, output_price_per_million, cached_input_price_per_million,
    cache_write_price_per_million, cache_write_1h_price_per_million, price_per_audio_minute, price_per_character, price_per_image,
    minimum_audio_seconds, price_tiers, price_source, price_reference, valid_from, valid_to
  from model_prices
  where id = any ($1::uuid[])
`

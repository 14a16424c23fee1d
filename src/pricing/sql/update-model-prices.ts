/** $1: the model's id, $2: a RegistryEntry as JSON. The trigger closes the old prices and makes a version of the new ones. */
export const updateModelPrices = `
  update ai_models_registry set
    input_price_per_million = entry.input_price_per_million,
    output_price_per_million = entry.output_price_per_million,
    cached_input_price_per_million = entry.cached_input_price_per_million,
    cache_write_price_per_million = entry.cache_write_price_per_million,
    cache_write_1h_price_per_million = entry.cache_write_1h_price_per_million,
    price_per_audio_minute = entry.price_per_audio_minute,
    price_per_character = entry.price_per_character,
    price_per_image = entry.price_per_image,
    minimum_audio_seconds = entry.minimum_audio_seconds,
    price_tiers = entry.price_tiers,
    price_reference = entry.price_reference
  from jsonb_to_record($2::jsonb) as entry (
    input_price_per_million numeric, output_price_per_million numeric, cached_input_price_per_million numeric,
    cache_write_price_per_million numeric, cache_write_1h_price_per_million numeric, price_per_audio_minute numeric,
    price_per_character numeric, price_per_image numeric, minimum_audio_seconds integer, price_tiers jsonb, price_reference text
  )
  where id = $1
`

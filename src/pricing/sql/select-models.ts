/** The models that may be called at this moment, by the database's clock. */
export const selectModels = `
  select id, price_id, provider, creator, model_name, gateway_identifier, vercel_identifier, api_type, capabilities, context_window,
    max_output_tokens, default_max_output_tokens, aliases, input_price_per_million, output_price_per_million,
    cached_input_price_per_million, cache_write_price_per_million, cache_write_1h_price_per_million, price_per_audio_minute,
    price_per_character, price_per_image, minimum_audio_seconds, price_tiers
  from ai_models_registry
  where is_active and valid_from <= now() and (valid_to is null or valid_to > now())
`

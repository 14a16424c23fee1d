/** $1: a RegistryEntry as JSON. */
export const insertModel = `
  insert into ai_models_registry (
    provider, creator, model_name, gateway_identifier, vercel_identifier, api_type, capabilities, context_window, max_output_tokens,
    default_max_output_tokens, input_price_per_million, output_price_per_million, cached_input_price_per_million,
    cache_write_price_per_million, cache_write_1h_price_per_million, price_per_audio_minute, price_per_character, price_per_image,
    minimum_audio_seconds, price_tiers, price_reference, is_active, aliases, price_source
  )
  select
    provider, creator, model_name, gateway_identifier, vercel_identifier, api_type, capabilities, context_window, max_output_tokens,
    default_max_output_tokens, input_price_per_million, output_price_per_million, cached_input_price_per_million,
    cache_write_price_per_million, cache_write_1h_price_per_million, price_per_audio_minute, price_per_character, price_per_image,
    minimum_audio_seconds, price_tiers, price_reference, is_active, aliases, 'catalogue'
  from jsonb_to_record($1::jsonb) as entry (
    provider text, creator text, model_name text, gateway_identifier text, vercel_identifier text, api_type text, capabilities jsonb,
    context_window integer, max_output_tokens integer, default_max_output_tokens integer, input_price_per_million numeric,
    output_price_per_million numeric, cached_input_price_per_million numeric, cache_write_price_per_million numeric,
    cache_write_1h_price_per_million numeric, price_per_audio_minute numeric, price_per_character numeric, price_per_image numeric,
    minimum_audio_seconds integer, price_tiers jsonb, price_reference text, is_active boolean, aliases text[]
  )
  on conflict (gateway_identifier) do nothing
`

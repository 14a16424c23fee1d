/**
 * $1: columns of `ai_models_registry` as JSON. A known model gets the prices anew and keeps of the rest what is not said; its old prices
 * stay in `model_prices`.
 */
export const putModelRow = `
  insert into ai_models_registry (
    provider, creator, model_name, api_type, capabilities, context_window, max_output_tokens, default_max_output_tokens,
    input_price_per_million, output_price_per_million, cached_input_price_per_million, aliases,
    price_per_audio_minute, price_per_character, price_per_image
  )
  select provider, provider, model_name, api_type, coalesce(capabilities, '{}'), context_window, max_output_tokens,
    coalesce(default_max_output_tokens, 4096), input_price_per_million, output_price_per_million, cached_input_price_per_million,
    coalesce(aliases, '{}'), price_per_audio_minute, price_per_character, price_per_image
  from jsonb_to_record($1::jsonb) as wish (
    provider text, model_name text, api_type text, capabilities jsonb, context_window integer, max_output_tokens integer,
    default_max_output_tokens integer, input_price_per_million numeric, output_price_per_million numeric,
    cached_input_price_per_million numeric, aliases text[], price_per_audio_minute numeric, price_per_character numeric,
    price_per_image numeric
  )
  on conflict (gateway_identifier) do update set
    input_price_per_million = excluded.input_price_per_million,
    output_price_per_million = excluded.output_price_per_million,
    cached_input_price_per_million = excluded.cached_input_price_per_million,
    price_per_audio_minute = excluded.price_per_audio_minute,
    price_per_character = excluded.price_per_character,
    price_per_image = excluded.price_per_image,
    capabilities = ai_models_registry.capabilities || excluded.capabilities,
    context_window = coalesce(excluded.context_window, ai_models_registry.context_window),
    max_output_tokens = coalesce(excluded.max_output_tokens, ai_models_registry.max_output_tokens),
    default_max_output_tokens = case
      when $1::jsonb ? 'default_max_output_tokens' then excluded.default_max_output_tokens
      else ai_models_registry.default_max_output_tokens
    end,
    aliases = case when $1::jsonb ? 'aliases' then excluded.aliases else ai_models_registry.aliases end,
    is_active = true,
    valid_to = null
  returning created_at = now() as is_new
`

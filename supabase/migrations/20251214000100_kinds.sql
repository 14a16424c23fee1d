-- Moderations are a kind of call of their own: free at OpenAI, and one row each all the same.
alter table ai_models_registry
  drop constraint ai_models_registry_api_type_check,
  add constraint ai_models_registry_api_type_check check (api_type in ('chat', 'embeddings', 'transcription', 'speech', 'image', 'moderation')),
  drop constraint ai_models_registry_priced,
  -- an unknown price is never 0: what a kind of call is billed by must be priced
  add constraint ai_models_registry_priced check (
    case api_type
      when 'chat' then input_price_per_million is not null and output_price_per_million is not null
      when 'embeddings' then input_price_per_million is not null
      when 'transcription' then input_price_per_million is not null or price_per_audio_minute is not null
      when 'speech' then input_price_per_million is not null or price_per_character is not null
      when 'moderation' then input_price_per_million is not null
      else output_price_per_million is not null or price_per_image is not null
    end
  );

alter table gateway_usage_logs
  drop constraint gateway_usage_logs_api_type_check,
  add constraint gateway_usage_logs_api_type_check check (api_type in ('chat', 'embeddings', 'transcription', 'speech', 'image', 'moderation'));

comment on column gateway_usage_logs.units is 'Seconds of audio (transcription), characters (speech) or images (image); null for what is counted in tokens only.';

insert into ai_models_registry (provider, creator, model_name, gateway_identifier, api_type, input_price_per_million, capabilities, aliases, price_reference, price_source)
values ('openai', 'openai', 'omni-moderation-latest', 'openai/omni-moderation-latest', 'moderation', 0, '{"input":["text","image"]}',
  '{omni-moderation-2024-09-26}', 'https://developers.openai.com/api/docs/models/omni-moderation-latest', 'catalogue')
on conflict (gateway_identifier) do nothing;

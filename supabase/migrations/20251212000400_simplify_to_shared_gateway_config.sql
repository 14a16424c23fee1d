-- One shared gateway key and one set of shared provider keys for all clients: exactly one row, and a second is impossible.
-- The ids point into vault.secrets without a foreign key: on Supabase that table is not ours, and a wrong id has its own clear error.
create table shared_gateway_config (
  id uuid primary key default gen_random_uuid(),
  only_row boolean not null default true unique check (only_row),
  gateway_api_key_secret_id uuid,
  openai_api_key_secret_id uuid,
  groq_api_key_secret_id uuid,
  anthropic_api_key_secret_id uuid,
  google_api_key_secret_id uuid,
  cache_enabled boolean not null default true,
  cache_ttl_seconds integer not null default 3600 check (cache_ttl_seconds > 0),
  default_fallback_chain jsonb not null default '["openai/gpt-4o-mini", "groq/llama-3.3-70b-versatile"]'
    check (jsonb_typeof(default_fallback_chain) = 'array'),
  max_requests_per_minute integer not null default 1000 check (max_requests_per_minute > 0),
  max_tokens_per_minute integer not null default 500000 check (max_tokens_per_minute > 0),
  route text not null default 'auto' check (route in ('auto', 'vercel', 'direct')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
insert into shared_gateway_config default values;
create trigger touch_updated_at before update on shared_gateway_config for each row execute function catraca_touch_updated_at();
create trigger note_change after insert or update or delete on shared_gateway_config
  for each statement execute function catraca_note_change();
create trigger audit after insert or update or delete on shared_gateway_config for each row execute function catraca_audit();
select catraca_secure('shared_gateway_config');

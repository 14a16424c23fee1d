-- One row a call, partitioned by month, and what dashboards read instead of it.
create table gateway_usage_logs (
  id bigint generated always as identity,
  call_id uuid not null,
  client_id uuid not null references clients,
  request_id text,
  conversation_id uuid,
  phone text,
  source text not null default 'api' check (source in ('api', 'library', 'whatsapp', 'test')),
  api_type text not null default 'chat' check (api_type in ('chat', 'embeddings', 'transcription', 'speech', 'image')),
  provider text not null,
  model_name text not null,
  via text check (via in ('vercel', 'direct')),
  input_tokens bigint not null default 0 check (input_tokens >= 0),
  output_tokens bigint not null default 0 check (output_tokens >= 0),
  cached_tokens bigint not null default 0 check (cached_tokens >= 0),
  cache_write_tokens bigint not null default 0 check (cache_write_tokens >= 0),
  reasoning_tokens bigint not null default 0 check (reasoning_tokens >= 0),
  total_tokens bigint not null default 0 check (total_tokens >= 0),
  units numeric check (units >= 0),
  latency_ms integer,
  first_token_ms integer,
  was_cached boolean not null default false,
  was_fallback boolean not null default false,
  fallback_reason text,
  attempts jsonb not null default '[]',
  cost_usd numeric(24, 12) check (cost_usd >= 0),
  cost_brl numeric(24, 12) check (cost_brl >= 0),
  usd_brl_rate numeric(18, 8) check (usd_brl_rate > 0),
  rate_source text,
  rate_at timestamptz,
  price_id uuid,
  status text not null check (status in ('ok', 'error', 'cancelled', 'estimated', 'orphaned')),
  error_code text,
  -- What a reader must know of the figures: over_hold, usage_missing, usage_rejected, hold_released,
  -- system_credentials (Vercel answered with its own key, paid from Vercel credits).
  flags text[] not null default '{}',
  -- Which budgets and periods this row moved, and by how much: [{"budget_id", "period_start", "amount"}].
  charges jsonb not null default '[]',
  created_at timestamptz not null,
  primary key (call_id, created_at)
) partition by range (created_at);
comment on column gateway_usage_logs.was_cached is 'served from our response cache; the provider''s own prompt cache shows in cached_tokens';
comment on column gateway_usage_logs.created_at is 'when the call was admitted, by the database''s clock';
create index gateway_usage_logs_client on gateway_usage_logs (client_id, created_at desc);
create index gateway_usage_logs_created_at on gateway_usage_logs (created_at desc);
-- The net under the months: a row outside all of them is kept rather than lost.
create table gateway_usage_logs_default partition of gateway_usage_logs default;

-- Makes the month that holds `at`, unless it is there.
create function ensure_usage_partition(at timestamptz) returns void
language plpgsql
security definer
set search_path = pg_catalog, public
as $$
declare
  v_start timestamptz := date_trunc('month', at, 'UTC');
  v_end timestamptz := (date_trunc('month', at at time zone 'UTC') + interval '1 month') at time zone 'UTC';
  v_name text := 'gateway_usage_logs_' || to_char(v_start at time zone 'UTC', 'YYYYMM');
begin
  if to_regclass('public.' || v_name) is not null then
    return;
  end if;
  begin
    execute format('create table public.%I partition of public.gateway_usage_logs for values from (%L) to (%L)', v_name, v_start, v_end);
    perform public.catraca_secure(('public.' || v_name)::regclass);
  exception
    -- Another replica made it at this very moment.
    when duplicate_table or unique_violation then null;
  end;
end
$$;
revoke execute on function ensure_usage_partition(timestamptz) from public, anon, authenticated;
grant execute on function ensure_usage_partition(timestamptz) to catraca_gateway;
select ensure_usage_partition(now() + make_interval(months => n)) from generate_series(0, 2) as n;
select catraca_secure('gateway_usage_logs');
select catraca_secure('gateway_usage_logs_default');

create table usage_dead_letters (
  id bigint generated always as identity primary key,
  call_id uuid,
  record jsonb not null,
  error text not null,
  created_at timestamptz not null default now()
);
comment on table usage_dead_letters is 'records that the ledger could not book, each with the reason; nothing is dropped';
create unique index usage_dead_letters_call_id on usage_dead_letters (call_id);
select catraca_secure('usage_dead_letters');

create table usage_rollups (
  client_id uuid not null references clients on delete cascade,
  hour timestamptz not null,
  provider text not null,
  model_name text not null,
  api_type text not null,
  calls bigint not null default 0,
  errors bigint not null default 0,
  cache_hits bigint not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  total_tokens bigint not null default 0,
  cost_usd numeric(24, 12) not null default 0,
  cost_brl numeric(24, 12) not null default 0,
  latency_sketch jsonb not null default '{}',
  primary key (client_id, hour, provider, model_name, api_type)
);
select catraca_secure('usage_rollups');

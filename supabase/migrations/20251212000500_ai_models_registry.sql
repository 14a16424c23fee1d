-- Models with their prices, every price a model ever had, and exchange rates. Prices are US dollars; money is numeric, never float.

create table ai_models_registry (
  id uuid primary key default gen_random_uuid(),
  provider text not null check (provider ~ '^[a-z0-9][a-z0-9_-]*$'),
  model_name text not null check (model_name ~ '^\S+$'),
  -- provider/model_name unless given: what a caller names and what the price belongs to
  gateway_identifier text not null unique check (gateway_identifier ~ '^\S+/\S+$'),
  -- who made the model; where several providers serve it, the bare name means its creator's own
  creator text not null,
  -- its name at the Vercel AI Gateway (creator/model); null when it is not offered there
  vercel_identifier text check (vercel_identifier ~ '^\S+/\S+$'),
  api_type text not null check (api_type in ('chat', 'embeddings', 'transcription', 'speech', 'image')),
  capabilities jsonb not null default '{}' check (jsonb_typeof(capabilities) = 'object'),
  context_window integer check (context_window > 0),
  max_output_tokens integer check (max_output_tokens > 0),
  default_max_output_tokens integer not null default 4096 check (default_max_output_tokens > 0),
  input_price_per_million numeric,
  output_price_per_million numeric,
  cached_input_price_per_million numeric,
  cache_write_price_per_million numeric,
  cache_write_1h_price_per_million numeric,
  price_per_audio_minute numeric,
  price_per_character numeric,
  price_per_image numeric,
  -- audio shorter than this is billed as this long
  minimum_audio_seconds integer not null default 0 check (minimum_audio_seconds between 0 and 3600),
  -- whole calls whose prompt is longer than above_input_tokens are billed at these prices:
  -- [{"above_input_tokens": 200000, "input": "2.5", "cached_input": "0.25", "output": "15"}]
  price_tiers jsonb not null default '[]',
  -- the row of model_prices that these prices are; set by a trigger
  price_id uuid not null unique,
  price_source text not null default 'operator' check (price_source in ('catalogue', 'operator')),
  price_reference text,
  valid_from timestamptz not null default now(),
  valid_to timestamptz,
  is_active boolean not null default true,
  aliases text[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint ai_models_registry_validity check (valid_to > valid_from),
  -- "between" also keeps NaN and Infinity out, which are greater than any number
  constraint ai_models_registry_prices_not_negative check (
    input_price_per_million between 0 and 1000000
    and output_price_per_million between 0 and 1000000
    and cached_input_price_per_million between 0 and 1000000
    and cache_write_price_per_million between 0 and 1000000
    and cache_write_1h_price_per_million between 0 and 1000000
    and price_per_audio_minute between 0 and 1000000
    and price_per_character between 0 and 1000000
    and price_per_image between 0 and 1000000
  ),
  -- prices per million are whole nano-dollars, prices per unit whole nano-dollars for a million units, so that costs are integers
  constraint ai_models_registry_prices_not_too_fine check (
    input_price_per_million = round(input_price_per_million, 9)
    and output_price_per_million = round(output_price_per_million, 9)
    and cached_input_price_per_million = round(cached_input_price_per_million, 9)
    and cache_write_price_per_million = round(cache_write_price_per_million, 9)
    and cache_write_1h_price_per_million = round(cache_write_1h_price_per_million, 9)
    and price_per_audio_minute = round(price_per_audio_minute, 15)
    and price_per_character = round(price_per_character, 15)
    and price_per_image = round(price_per_image, 15)
  ),
  -- an unknown price is never 0: what a kind of call is billed by must be priced
  constraint ai_models_registry_priced check (
    case api_type
      when 'chat' then input_price_per_million is not null and output_price_per_million is not null
      when 'embeddings' then input_price_per_million is not null
      when 'transcription' then input_price_per_million is not null or price_per_audio_minute is not null
      when 'speech' then input_price_per_million is not null or price_per_character is not null
      else output_price_per_million is not null or price_per_image is not null
    end
  ),
  constraint ai_models_registry_price_tiers check (
    jsonb_typeof(price_tiers) = 'array'
    and not jsonb_path_exists(price_tiers, '$[*] ? (!exists(@.above_input_tokens ? (@ > 0)))')
    and not jsonb_path_exists(price_tiers, '$[*].keyvalue() ? (@.key != "above_input_tokens" && (@.value.type() != "string" || !(@.value like_regex "^[0-9]{1,6}([.][0-9]{1,9})?$")))')
  )
);

comment on table ai_models_registry is 'Models that can be called, with their current prices in US dollars. A changed price takes effect at once and is kept in model_prices.';

create table model_prices (
  id uuid primary key,
  -- null once the model has been deleted: what was billed stays explained
  model_id uuid references ai_models_registry (id) on delete set null,
  gateway_identifier text not null,
  input_price_per_million numeric,
  output_price_per_million numeric,
  cached_input_price_per_million numeric,
  cache_write_price_per_million numeric,
  cache_write_1h_price_per_million numeric,
  price_per_audio_minute numeric,
  price_per_character numeric,
  price_per_image numeric,
  minimum_audio_seconds integer not null,
  price_tiers jsonb not null,
  price_source text not null,
  price_reference text,
  valid_from timestamptz not null,
  valid_to timestamptz
);

comment on table model_prices is 'Every version of every price; gateway_usage_logs.price_id points here. Written only by the triggers of ai_models_registry.';

create index model_prices_model on model_prices (model_id, valid_from);

create function ai_models_registry_before_write() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.gateway_identifier := coalesce(new.gateway_identifier, new.provider || '/' || new.model_name);
  new.creator := coalesce(new.creator, new.provider);
  if tg_op = 'UPDATE' then
    new.updated_at := now();
    new.price_id := old.price_id;
    if (new.input_price_per_million, new.output_price_per_million, new.cached_input_price_per_million, new.cache_write_price_per_million,
        new.cache_write_1h_price_per_million, new.price_per_audio_minute, new.price_per_character, new.price_per_image,
        new.minimum_audio_seconds, new.price_tiers)
      is not distinct from
       (old.input_price_per_million, old.output_price_per_million, old.cached_input_price_per_million, old.cache_write_price_per_million,
        old.cache_write_1h_price_per_million, old.price_per_audio_minute, old.price_per_character, old.price_per_image,
        old.minimum_audio_seconds, old.price_tiers)
    then
      return new;
    end if;
    new.valid_from := now();
    -- a price that a person typed is the operator's, and the next synchronisation leaves it alone
    new.price_source := coalesce(nullif(current_setting('catraca.price_source', true), ''), 'operator');
  end if;
  new.price_id := gen_random_uuid();
  return new;
end
$$;

-- security definer: nobody but this trigger writes history
create function ai_models_registry_keep_price() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if tg_op = 'DELETE' then
    update public.model_prices set valid_to = now() where id = old.price_id and valid_to is null;
    return null;
  end if;
  if tg_op = 'UPDATE' and new.price_id = old.price_id then
    if new.valid_to is distinct from old.valid_to then
      update public.model_prices set valid_to = new.valid_to where id = new.price_id;
    end if;
    return null;
  end if;
  if tg_op = 'UPDATE' then
    update public.model_prices set valid_to = new.valid_from where id = old.price_id;
  end if;
  insert into public.model_prices (
    id, model_id, gateway_identifier, input_price_per_million, output_price_per_million, cached_input_price_per_million,
    cache_write_price_per_million, cache_write_1h_price_per_million, price_per_audio_minute, price_per_character, price_per_image,
    minimum_audio_seconds, price_tiers, price_source, price_reference, valid_from, valid_to
  ) values (
    new.price_id, new.id, new.gateway_identifier, new.input_price_per_million, new.output_price_per_million,
    new.cached_input_price_per_million, new.cache_write_price_per_million, new.cache_write_1h_price_per_million,
    new.price_per_audio_minute, new.price_per_character, new.price_per_image, new.minimum_audio_seconds, new.price_tiers,
    new.price_source, new.price_reference, new.valid_from, new.valid_to
  );
  return null;
end
$$;

revoke execute on function ai_models_registry_before_write(), ai_models_registry_keep_price() from public, anon, authenticated;

create trigger before_write before insert or update on ai_models_registry
  for each row execute function ai_models_registry_before_write();
create trigger keep_price after insert or update or delete on ai_models_registry
  for each row execute function ai_models_registry_keep_price();
create trigger note_change after insert or update or delete on ai_models_registry
  for each statement execute function catraca_note_change();

select catraca_secure('ai_models_registry');
grant select on ai_models_registry to authenticated;
create policy active_models on ai_models_registry for select to authenticated using (is_active);

select catraca_secure('model_prices');
-- History is written by the trigger alone, also when the gateway changes a price.
revoke insert, update, delete on model_prices from catraca_gateway;

create table exchange_rates (
  id uuid primary key default gen_random_uuid(),
  currency_pair text not null default 'USD/BRL' check (currency_pair = 'USD/BRL'),
  -- reais for one dollar; bounds that no real quote leaves, so that a broken answer is never money;
  -- eight decimals, as gateway_usage_logs.usd_brl_rate keeps them
  rate numeric not null check (rate between 0.5 and 50 and rate = round(rate, 8)),
  source text not null,
  quoted_at timestamptz not null,
  fetched_at timestamptz not null default now(),
  constraint exchange_rates_quote unique (currency_pair, source, quoted_at)
);

comment on table exchange_rates is 'Quotes as they were fetched; rows are added, never changed.';

create function exchange_rates_append_only() returns trigger
language plpgsql set search_path = '' as $$
begin
  raise exception 'exchange_rates is append-only: a rate that calls were booked with is never overwritten';
end
$$;

revoke execute on function exchange_rates_append_only() from public, anon, authenticated;
create trigger append_only before update on exchange_rates for each row execute function exchange_rates_append_only();

select catraca_secure('exchange_rates');
revoke update, delete on exchange_rates from catraca_gateway;

-- The operator's own names for models: what a call by such a name may be answered by, and in which order. See docs/decisions/0022.
create table model_routes (
  id uuid primary key default gen_random_uuid(),
  -- Null: for every client that has none of its own by this alias.
  client_id uuid references clients on delete cascade,
  alias text not null constraint alias_is_a_name check (alias ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$'),
  strategy text not null default 'ordered' check (strategy in ('ordered', 'weighted', 'cheapest', 'fastest')),
  -- [{"model": "openai/gpt-4o-mini", "via": "vercel" or "direct" or left out for both, "weight": 70, left out for 1}]
  targets jsonb not null constraint targets_are_whole check (
    jsonb_typeof(targets) = 'array' and jsonb_array_length(targets) between 1 and 20
    and jsonb_array_length(targets) = jsonb_array_length(jsonb_path_query_array(targets, '$[*] ? (@.model.type() == "string"
      && (!exists(@.via) || @.via == "vercel" || @.via == "direct")
      && (!exists(@.weight) || (@.weight >= 0 && @.weight <= 1000000)))'))),
  -- Models that come after the targets; null takes the client's chain, or the shared one.
  fallbacks text[],
  -- A streamed call without a word after so long is also asked of the next target; null never.
  hedge_after_ms integer constraint hedge_after_ms_is_positive check (hedge_after_ms > 0),
  -- {"threshold": 80, "model": "openai/gpt-4o-mini"}: in place of the targets from that percentage of any of the client's budgets on.
  downgrade jsonb constraint downgrade_is_whole check (
    jsonb_path_exists(downgrade, '$ ? (@.model.type() == "string" && @.threshold > 0 && @.threshold <= 100)')),
  -- In place of the installation's: {"connect_ms", "first_byte_ms", "idle_ms", "total_ms"}; total_ms can only be shorter.
  timeouts jsonb constraint timeouts_are_whole check (
    jsonb_typeof(timeouts) = 'object'
    and not jsonb_path_exists(timeouts, '$.keyvalue() ? (@.key != "connect_ms" && @.key != "first_byte_ms" && @.key != "idle_ms" && @.key != "total_ms")')
    and not jsonb_path_exists(timeouts, '$.* ? (@.type() != "number" || @ < 1 || @ > 86400000)')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index model_routes_alias on model_routes (alias, client_id) nulls not distinct;
create index model_routes_client_id on model_routes (client_id);
create trigger touch_updated_at before update on model_routes for each row execute function catraca_touch_updated_at();
create trigger note_change after insert or update or delete on model_routes for each statement execute function catraca_note_change();
create trigger audit after insert or update or delete on model_routes for each row execute function catraca_audit();
select catraca_secure('model_routes');

alter table gateway_usage_logs add column requested_model text;
comment on column gateway_usage_logs.requested_model is 'the alias that was asked for; null where the model was asked for by its own name';

-- Months that were put away have the same columns: a late row must still find its place there.
do $$
declare
  v_month regclass;
begin
  for v_month in
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'catraca_archive' and c.relkind = 'r' and c.relname like 'gateway\_usage\_logs\_%'
  loop
    execute format('alter table %s add column if not exists requested_model text', v_month);
  end loop;
end
$$;

-- ledger_settle as it stands, with one more column. Not written out again: other migrations add columns of their own to it.
do $$
declare
  v_definition text := pg_get_functiondef('ledger_settle(jsonb)'::regprocedure);
  v_place text;
begin
  foreach v_place in array array[' provider, model_name, via', ' r.provider, r.model_name, r.via'] loop
    if (length(v_definition) - length(replace(v_definition, v_place, ''))) / length(v_place) <> 1 then
      raise exception 'ledger_settle has no place for requested_model: "%" is not in it once', v_place;
    end if;
    v_definition := replace(v_definition, v_place, v_place || case when v_place like ' r.%' then ', r.requested_model' else ', requested_model' end);
  end loop;
  execute v_definition;
end
$$;

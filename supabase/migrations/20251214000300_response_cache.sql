-- Answers that are given again to the same request of the same client, and what that saves. Why in this form: docs/decisions/0020.

alter table clients
  -- Null takes the shared setting.
  add column cache_enabled boolean,
  -- Part of every cache key: a new number makes all that was kept for the client unfindable at once, on every replica.
  add column cache_epoch integer not null default 0;

-- Does an operator keep one of the client's budgets paused? Kept with the client in memory, because a cached answer asks no budget.
create function client_is_paused(p_client_id uuid) returns boolean
language sql
stable
as $$ select exists (select 1 from effective_budgets where client_id = p_client_id and is_paused) $$;
revoke execute on function client_is_paused(uuid) from public, anon, authenticated;
grant execute on function client_is_paused(uuid) to catraca_gateway;

-- Not logged: after a crash the cache is empty, which costs a few calls and never an answer.
create unlogged table response_cache (
  client_id uuid not null references clients on delete cascade,
  key_hash bytea not null check (octet_length(key_hash) = 32),
  -- Sealed with a key that only the request gives.
  sealed bytea not null,
  bytes integer generated always as (octet_length(sealed)) stored,
  created_at timestamptz not null default now(),
  primary key (client_id, key_hash)
);
comment on table response_cache is 'answers by the hash of their request, for replicas to share; bounded in bytes, the oldest go first';
-- What is sealed does not get smaller.
alter table response_cache alter column sealed set storage external;
create index response_cache_created on response_cache (created_at);
select catraca_secure('response_cache');

alter table gateway_usage_logs
  add column saved_usd numeric(24, 12) check (saved_usd >= 0),
  add column saved_brl numeric(24, 12) check (saved_brl >= 0);
comment on column gateway_usage_logs.saved_usd is 'what the answer had cost when a provider made it, of a call that got it from the response cache';
comment on column gateway_usage_logs.saved_brl is 'saved_usd at the rate of this row';
-- Months that were put away take late rows too, so they stay of one form with the others.
do $$
declare
  month regclass;
begin
  for month in select c.oid from pg_class c where c.relnamespace = 'catraca_archive'::regnamespace and c.relname ~ '^gateway_usage_logs_\d{6}$' loop
    execute format('alter table %s add column saved_usd numeric(24, 12) check (saved_usd >= 0), add column saved_brl numeric(24, 12) check (saved_brl >= 0)', month);
  end loop;
end
$$;
alter table usage_rollups add column saved_usd numeric(24, 12) not null default 0, add column saved_brl numeric(24, 12) not null default 0;
alter table usage_days add column saved_usd numeric(24, 12) not null default 0, add column saved_brl numeric(24, 12) not null default 0;

-- As it was, with what was saved.
create or replace view usage_facts with (security_invoker = true) as
select l.call_id, l.client_id, l.created_at,
  coalesce(t.provider, l.provider) as provider, coalesce(t.model_name, l.model_name) as model_name, coalesce(t.api_type, l.api_type) as api_type,
  (case when t.call_id is null then l.status else t.status end is not distinct from 'error')::integer as errors,
  (case when t.call_id is null then l.was_cached else coalesce(t.was_cached, false) end)::integer as cache_hits,
  (t.call_id is null and l.status = 'orphaned')::integer as orphaned,
  (t.call_id is not null and t.status is null)::integer as released,
  (case when t.call_id is null then l.cost_usd is null else t.status is not null and t.cost_usd is null end)::integer as unpriced_usd,
  (case when t.call_id is null then l.cost_brl is null else t.status is not null and t.cost_brl is null end)::integer as unpriced_brl,
  case when t.call_id is null then l.input_tokens else coalesce(t.input_tokens, 0) end as input_tokens,
  case when t.call_id is null then l.output_tokens else coalesce(t.output_tokens, 0) end as output_tokens,
  case when t.call_id is null then l.cached_tokens else coalesce(t.cached_tokens, 0) end as cached_tokens,
  case when t.call_id is null then l.cache_write_tokens else coalesce(t.cache_write_tokens, 0) end as cache_write_tokens,
  case when t.call_id is null then l.reasoning_tokens else coalesce(t.reasoning_tokens, 0) end as reasoning_tokens,
  case when t.call_id is null then l.total_tokens else coalesce(t.total_tokens, 0) end as total_tokens,
  coalesce(case when t.call_id is null then l.cost_usd else t.cost_usd end, 0) as cost_usd,
  coalesce(case when t.call_id is null then l.cost_brl else t.cost_brl end, 0) as cost_brl,
  case when t.call_id is null then usage_latency_bucket(l.status, l.was_cached, l.latency_ms)
    else usage_latency_bucket(t.status, t.was_cached, t.latency_ms) end as latency_bucket,
  coalesce(case when t.call_id is null then l.saved_usd else t.saved_usd end, 0) as saved_usd,
  coalesce(case when t.call_id is null then l.saved_brl else t.saved_brl end, 0) as saved_brl
from gateway_usage_logs l
left join lateral (
  select truth.*
  from budget_adjustments a cross join lateral jsonb_populate_record(null::gateway_usage_logs, a.truth) truth
  where l.status = 'orphaned' and a.call_id = l.call_id
  order by a.id
  limit 1
) t on true;

-- As it was, with what was saved.
create or replace function usage_add(p_deltas usage_rollups[]) returns void
language plpgsql
as $$
begin
  insert into usage_rollups as r
  select d.client_id, d.hour, d.provider, d.model_name, d.api_type, sum(d.calls), sum(d.errors), sum(d.cache_hits), sum(d.orphaned),
    sum(d.released), sum(d.unpriced_usd), sum(d.unpriced_brl), sum(d.input_tokens), sum(d.output_tokens), sum(d.cached_tokens),
    sum(d.cache_write_tokens), sum(d.reasoning_tokens), sum(d.total_tokens), sum(d.cost_usd), sum(d.cost_brl),
    usage_sketch_sum(d.latency_sketch), sum(d.saved_usd), sum(d.saved_brl)
  from unnest(p_deltas) d
  group by 1, 2, 3, 4, 5
  order by 1, 2, 3, 4, 5
  on conflict (client_id, hour, provider, model_name, api_type) do update set
    calls = r.calls + excluded.calls, errors = r.errors + excluded.errors, cache_hits = r.cache_hits + excluded.cache_hits,
    orphaned = r.orphaned + excluded.orphaned, released = r.released + excluded.released,
    unpriced_usd = r.unpriced_usd + excluded.unpriced_usd, unpriced_brl = r.unpriced_brl + excluded.unpriced_brl,
    input_tokens = r.input_tokens + excluded.input_tokens, output_tokens = r.output_tokens + excluded.output_tokens,
    cached_tokens = r.cached_tokens + excluded.cached_tokens, cache_write_tokens = r.cache_write_tokens + excluded.cache_write_tokens,
    reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens, total_tokens = r.total_tokens + excluded.total_tokens,
    cost_usd = r.cost_usd + excluded.cost_usd, cost_brl = r.cost_brl + excluded.cost_brl,
    latency_sketch = usage_sketch_add(r.latency_sketch, excluded.latency_sketch),
    saved_usd = r.saved_usd + excluded.saved_usd, saved_brl = r.saved_brl + excluded.saved_brl;

  insert into usage_days as r
  select d.client_id, (d.hour at time zone 'UTC')::date, d.provider, d.model_name, d.api_type, sum(d.calls), sum(d.errors),
    sum(d.cache_hits), sum(d.orphaned), sum(d.released), sum(d.unpriced_usd), sum(d.unpriced_brl), sum(d.input_tokens),
    sum(d.output_tokens), sum(d.cached_tokens), sum(d.cache_write_tokens), sum(d.reasoning_tokens), sum(d.total_tokens),
    sum(d.cost_usd), sum(d.cost_brl), usage_sketch_sum(d.latency_sketch), sum(d.saved_usd), sum(d.saved_brl)
  from unnest(p_deltas) d
  group by 1, 2, 3, 4, 5
  order by 1, 2, 3, 4, 5
  on conflict (client_id, day, provider, model_name, api_type) do update set
    calls = r.calls + excluded.calls, errors = r.errors + excluded.errors, cache_hits = r.cache_hits + excluded.cache_hits,
    orphaned = r.orphaned + excluded.orphaned, released = r.released + excluded.released,
    unpriced_usd = r.unpriced_usd + excluded.unpriced_usd, unpriced_brl = r.unpriced_brl + excluded.unpriced_brl,
    input_tokens = r.input_tokens + excluded.input_tokens, output_tokens = r.output_tokens + excluded.output_tokens,
    cached_tokens = r.cached_tokens + excluded.cached_tokens, cache_write_tokens = r.cache_write_tokens + excluded.cache_write_tokens,
    reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens, total_tokens = r.total_tokens + excluded.total_tokens,
    cost_usd = r.cost_usd + excluded.cost_usd, cost_brl = r.cost_brl + excluded.cost_brl,
    latency_sketch = usage_sketch_add(r.latency_sketch, excluded.latency_sketch),
    saved_usd = r.saved_usd + excluded.saved_usd, saved_brl = r.saved_brl + excluded.saved_brl;
end
$$;

-- As it was, with what was saved.
create or replace function usage_recount(p_from timestamptz, p_to timestamptz) returns setof usage_rollups
language sql
stable
as $$
  select f.client_id, date_trunc('hour', f.created_at, 'UTC'), f.provider, f.model_name, f.api_type, count(*), sum(f.errors), sum(f.cache_hits),
    sum(f.orphaned), sum(f.released), sum(f.unpriced_usd), sum(f.unpriced_brl), sum(f.input_tokens)::bigint, sum(f.output_tokens)::bigint,
    sum(f.cached_tokens)::bigint, sum(f.cache_write_tokens)::bigint, sum(f.reasoning_tokens)::bigint, sum(f.total_tokens)::bigint,
    sum(f.cost_usd)::numeric(24, 12), sum(f.cost_brl)::numeric(24, 12),
    usage_sketch_of(array_agg(f.latency_bucket)), sum(f.saved_usd)::numeric(24, 12), sum(f.saved_brl)::numeric(24, 12)
  from usage_facts f
  where f.created_at >= p_from and f.created_at < p_to
  group by 1, 2, 3, 4, 5
$$;

-- As it was, with what was saved.
create or replace function roll_up_usage() returns trigger
language plpgsql
as $$
declare
  v_deltas usage_rollups[] := array(
    select (i.client_id, date_trunc('hour', i.created_at, 'UTC'), i.provider, i.model_name, i.api_type, count(*),
      count(*) filter (where i.status = 'error'), count(*) filter (where i.was_cached), count(*) filter (where i.status = 'orphaned'), 0,
      count(*) filter (where i.cost_usd is null), count(*) filter (where i.cost_brl is null), sum(i.input_tokens), sum(i.output_tokens),
      sum(i.cached_tokens), sum(i.cache_write_tokens), sum(i.reasoning_tokens), sum(i.total_tokens), coalesce(sum(i.cost_usd), 0),
      coalesce(sum(i.cost_brl), 0), usage_sketch_of(array_agg(usage_latency_bucket(i.status, i.was_cached, i.latency_ms))),
      coalesce(sum(i.saved_usd), 0), coalesce(sum(i.saved_brl), 0))::usage_rollups
    from inserted i
    group by i.client_id, date_trunc('hour', i.created_at, 'UTC'), i.provider, i.model_name, i.api_type);
begin
  if cardinality(v_deltas) > 0 then
    perform usage_add(v_deltas);
  end if;
  return null;
end
$$;

-- As it was, with what was saved.
create or replace function roll_up_late_truth() returns trigger
language plpgsql
as $$
declare
  v_calls uuid[] := array(
    select distinct a.call_id from adjusted a
    where not exists (
      select 1 from budget_adjustments earlier
      where earlier.call_id = a.call_id and not exists (select 1 from adjusted same where same.id = earlier.id)));
begin
  if cardinality(v_calls) > 0 then
    perform usage_add(array(
      select (l.client_id, date_trunc('hour', l.created_at, 'UTC'), l.provider, l.model_name, l.api_type, -1, -(l.status = 'error')::integer,
        -l.was_cached::integer, -(l.status = 'orphaned')::integer, 0, -(l.cost_usd is null)::integer, -(l.cost_brl is null)::integer,
        -l.input_tokens, -l.output_tokens, -l.cached_tokens, -l.cache_write_tokens, -l.reasoning_tokens, -l.total_tokens,
        -coalesce(l.cost_usd, 0), -coalesce(l.cost_brl, 0), '{}', -coalesce(l.saved_usd, 0), -coalesce(l.saved_brl, 0))::usage_rollups
      from gateway_usage_logs l where l.call_id = any (v_calls) and l.status = 'orphaned'
      union all
      select (f.client_id, date_trunc('hour', f.created_at, 'UTC'), f.provider, f.model_name, f.api_type, 1, f.errors, f.cache_hits, f.orphaned,
        f.released, f.unpriced_usd, f.unpriced_brl, f.input_tokens, f.output_tokens, f.cached_tokens, f.cache_write_tokens,
        f.reasoning_tokens, f.total_tokens, f.cost_usd, f.cost_brl,
        usage_sketch_of(array[f.latency_bucket]), f.saved_usd, f.saved_brl)::usage_rollups
      from usage_facts f join gateway_usage_logs l on l.call_id = f.call_id and l.created_at = f.created_at
      where f.call_id = any (v_calls) and l.status = 'orphaned'));
  end if;
  return null;
end
$$;

-- As it was, with what was saved.
create or replace function ledger_settle(p_records jsonb) returns jsonb
language plpgsql
set plan_cache_mode = force_generic_plan
as $$
declare
  v_ids uuid[] := array(select distinct (r ->> 'call_id')::uuid from jsonb_array_elements(p_records) r);
  v_admitted uuid[];
  v_moves ledger_move[];
  v_unplaced ledger_move[];
  v_late ledger_move[] := '{}';
  v_inserted uuid[];
  v_adjusted integer := 0;
begin
  -- Whoever settles or expires the same calls at this moment waits here, in one order.
  v_admitted := array(select call_id from call_admissions where call_id = any (v_ids) order by call_id for update);
  if jsonb_path_exists(p_records, '$[*].unadmitted ? (@ == true)') then
    p_records := ledger_place_unadmitted(p_records);
  end if;

  select coalesce(array_agg(m), '{}') into v_moves
  from (
    -- A reserve whose reply was given up may commit at this very moment: a hold that comes later than this stays whole, with what it
    -- reserves, until somebody frees it.
    select (h.call_id, h.budget_id, h.period_start, h.amount)::ledger_move as m from budget_holds h where h.call_id = any (v_admitted)
    union all
    select (r.call_id, b.id, budget_period_start(b.budget_period, b.time_zone, r.created_at), null)::ledger_move
    from jsonb_to_recordset(p_records) as r(call_id uuid, client_id uuid, created_at timestamptz, unadmitted boolean)
    join effective_budgets b on b.client_id = r.client_id
    where r.unadmitted and not exists (select 1 from budget_holds h where h.call_id = r.call_id and h.call_id = any (v_admitted))
  ) as moves;
  v_unplaced := array(select m from unnest(v_moves) m where m.held is null);
  if cardinality(v_unplaced) > 0 then
    perform ledger_make_periods(array(select m.budget_id from unnest(v_unplaced) m), array(select m.period_start from unnest(v_unplaced) m));
  end if;

  -- The same order as in ledger_reserve, so that batches of many clients never wait for each other in a ring: also the periods that only
  -- late truth moves, in ledger_adjust. Budgets before their periods, because so does who deletes one.
  if cardinality(v_admitted) < cardinality(v_ids) then
    v_late := ledger_late_moves(array(select unnest(v_ids) except select unnest(v_admitted)));
  end if;
  perform 1 from budgets where id in (select m.budget_id from unnest(v_moves || v_late) m) order by id for key share;
  perform 1 from budget_periods p
  where (p.budget_id, p.period_start) in (select m.budget_id, m.period_start from unnest(v_moves || v_late) m)
  order by p.budget_id, p.period_start
  for no key update;

  with incoming as (
    -- A void record and a real one of the same call can meet here, after a lost reply: the real one counts.
    select distinct on (r.call_id) r.* from jsonb_populate_recordset(null::gateway_usage_logs, p_records) r
    order by r.call_id, r.status is null
  ), amounts as (
    select m.call_id, m.budget_id, m.period_start, m.held, b.pause_at_limit,
      ledger_row_amount(b.budget_type, r.total_tokens, r.cost_usd, r.cost_brl) as amount
    from unnest(v_moves) m join budgets b on b.id = m.budget_id join incoming r on r.call_id = m.call_id
  ), charges as (
    select a.call_id, bool_or(a.pause_at_limit and a.amount > a.held) as over_hold,
      jsonb_agg(jsonb_build_object('budget_id', a.budget_id, 'period_start', a.period_start, 'amount', a.amount)) as charges
    from amounts a group by 1
  ), inserted as (
    insert into gateway_usage_logs (call_id, client_id, request_id, conversation_id, phone, source, api_type, provider, model_name, via,
      input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, units, latency_ms, first_token_ms,
      was_cached, was_fallback, fallback_reason, attempts, cost_usd, cost_brl, usd_brl_rate, rate_source, rate_at, price_id, status,
      error_code, flags, charges, created_at, saved_usd, saved_brl)
    select r.call_id, r.client_id, r.request_id, r.conversation_id, r.phone, r.source, r.api_type, r.provider, r.model_name, r.via,
      r.input_tokens, r.output_tokens, r.cached_tokens, r.cache_write_tokens, r.reasoning_tokens, r.total_tokens, r.units, r.latency_ms,
      r.first_token_ms, r.was_cached, r.was_fallback, r.fallback_reason, r.attempts, r.cost_usd, r.cost_brl, r.usd_brl_rate,
      r.rate_source, r.rate_at, r.price_id, r.status, r.error_code,
      r.flags || case when c.over_hold then array['over_hold'] else '{}' end, coalesce(c.charges, '[]'), r.created_at,
      r.saved_usd, r.saved_brl
    from incoming r left join charges c on c.call_id = r.call_id
    where r.status is not null
    on conflict (call_id, created_at) do nothing
    returning call_id
  ), moved as (
    select a.budget_id, a.period_start, sum(coalesce(a.held, 0)) as released, coalesce(sum(a.amount) filter (where i.call_id is not null), 0) as used
    from amounts a left join inserted i on i.call_id = a.call_id group by 1, 2
  ), updated as (
    update budget_periods p set used = p.used + m.used, reserved = p.reserved - m.released
    from moved m where p.budget_id = m.budget_id and p.period_start = m.period_start
  )
  select array(select call_id from inserted) into v_inserted;

  delete from budget_holds where call_id = any (v_admitted);
  delete from call_admissions where call_id = any (v_admitted);

  if cardinality(v_inserted) < cardinality(v_ids) then
    v_adjusted := ledger_adjust(p_records, array(select unnest(v_ids) except select unnest(v_inserted)));
  end if;
  return jsonb_build_object('inserted', cardinality(v_inserted), 'adjusted', v_adjusted, 'alerts', ledger_alert(v_moves));
end
$$;

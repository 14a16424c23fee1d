-- Sums of usage by hour and by day that are exact at any moment, and months that are put away. Why in this form: docs/decisions/0016.

-- What was told late of a call is kept, whatever becomes of the budget that it moved: rollups count it, and its row still names the budget.
alter table budget_adjustments drop constraint budget_adjustments_budget_id_fkey;

-- Latencies are counted in buckets of a quarter of an octave: 4 a doubling, so that a percentile is right within 9 %. What says something
-- of a provider is counted: an answer that was whole and not from our cache.
create function usage_latency_bucket(p_status text, p_was_cached boolean, p_latency_ms integer) returns integer
language sql
immutable
as $$ select case when p_status = 'ok' and not p_was_cached and p_latency_ms is not null then floor(ln(greatest(p_latency_ms, 1)) * 4 / ln(2::float8))::integer end $$;

-- A sketch is an array from the lowest bucket that has any to the highest; its index is the bucket, and a gap is null, which takes no room.
create function usage_sketch_add(p_sketch integer[], p_more integer[]) returns integer[]
language plpgsql
immutable
as $$
begin
  for i in coalesce(array_lower(p_more, 1), 0) .. coalesce(array_upper(p_more, 1), -1) loop
    if p_more[i] <> 0 then
      p_sketch[i] := coalesce(p_sketch[i], 0) + p_more[i];
    end if;
  end loop;
  return p_sketch;
end
$$;
create aggregate usage_sketch_sum(integer[]) (sfunc = usage_sketch_add, stype = integer[], initcond = '{}');

create function usage_sketch_of(p_buckets integer[]) returns integer[]
language plpgsql
immutable
as $$
declare
  v_sketch integer[] := '{}';
  v_bucket integer;
begin
  foreach v_bucket in array p_buckets loop
    if v_bucket is not null then
      v_sketch[v_bucket] := coalesce(v_sketch[v_bucket], 0) + 1;
    end if;
  end loop;
  return v_sketch;
end
$$;

-- Nothing ever filled the table that was here, and its sketch had no form to be merged in.
drop table usage_rollups;
create table usage_rollups (
  client_id uuid not null references clients on delete cascade,
  hour timestamptz not null,
  provider text not null,
  model_name text not null,
  api_type text not null,
  calls bigint not null default 0,
  errors bigint not null default 0,
  cache_hits bigint not null default 0,
  orphaned bigint not null default 0,
  released bigint not null default 0,
  unpriced_usd bigint not null default 0,
  unpriced_brl bigint not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  total_tokens bigint not null default 0,
  cost_usd numeric(24, 12) not null default 0,
  cost_brl numeric(24, 12) not null default 0,
  latency_sketch integer[] not null default '{}',
  primary key (client_id, hour, provider, model_name, api_type)
) with (fillfactor = 80);
comment on table usage_rollups is 'rows of gateway_usage_logs by UTC hour, with what was told late put in the place of what had been charged';
comment on column usage_rollups.calls is 'rows, also those of calls that came to nothing: what was released is among them';
comment on column usage_rollups.orphaned is 'calls that still stand at their hold''s estimate';
comment on column usage_rollups.released is 'orphans of which it was told late that they never came to pass: nothing of them counts but the call';
comment on column usage_rollups.unpriced_usd is 'calls whose cost in dollars is not known, and so not in cost_usd';
-- For all clients at once; the primary key serves one. Never in an update, so that updates stay off the indexes.
create index usage_rollups_hour on usage_rollups (hour);
select catraca_secure('usage_rollups');

-- The same sums by UTC day: a month of all clients has a tenth as many of them as of hours. Days of UTC and not of a client, so that
-- any time zone's month is whole days here, hours at its ends and, where its midnight falls within an hour, a few rows.
create table usage_days (
  client_id uuid not null references clients on delete cascade,
  day date not null,
  provider text not null,
  model_name text not null,
  api_type text not null,
  calls bigint not null default 0,
  errors bigint not null default 0,
  cache_hits bigint not null default 0,
  orphaned bigint not null default 0,
  released bigint not null default 0,
  unpriced_usd bigint not null default 0,
  unpriced_brl bigint not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  total_tokens bigint not null default 0,
  cost_usd numeric(24, 12) not null default 0,
  cost_brl numeric(24, 12) not null default 0,
  latency_sketch integer[] not null default '{}',
  primary key (client_id, day, provider, model_name, api_type)
) with (fillfactor = 80);
create index usage_days_day on usage_days (day);
select catraca_secure('usage_days');

-- Adds to both tables. Each row is locked in the order of its key, hours before days, so that replicas that book the same clients wait in
-- a queue and not in a ring.
create function usage_add(p_deltas usage_rollups[]) returns void
language plpgsql
as $$
begin
  insert into usage_rollups as r
  select d.client_id, d.hour, d.provider, d.model_name, d.api_type, sum(d.calls), sum(d.errors), sum(d.cache_hits), sum(d.orphaned),
    sum(d.released), sum(d.unpriced_usd), sum(d.unpriced_brl), sum(d.input_tokens), sum(d.output_tokens), sum(d.cached_tokens),
    sum(d.cache_write_tokens), sum(d.reasoning_tokens), sum(d.total_tokens), sum(d.cost_usd), sum(d.cost_brl),
    usage_sketch_sum(d.latency_sketch)
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
    latency_sketch = usage_sketch_add(r.latency_sketch, excluded.latency_sketch);

  insert into usage_days as r
  select d.client_id, (d.hour at time zone 'UTC')::date, d.provider, d.model_name, d.api_type, sum(d.calls), sum(d.errors),
    sum(d.cache_hits), sum(d.orphaned), sum(d.released), sum(d.unpriced_usd), sum(d.unpriced_brl), sum(d.input_tokens),
    sum(d.output_tokens), sum(d.cached_tokens), sum(d.cache_write_tokens), sum(d.reasoning_tokens), sum(d.total_tokens),
    sum(d.cost_usd), sum(d.cost_brl), usage_sketch_sum(d.latency_sketch)
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
    latency_sketch = usage_sketch_add(r.latency_sketch, excluded.latency_sketch);
end
$$;

-- The rows as they count: where the truth of an orphan came late, the truth under the row's own time. What rollups are the sums of.
create view usage_facts with (security_invoker = true) as
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
    else usage_latency_bucket(t.status, t.was_cached, t.latency_ms) end as latency_bucket
from gateway_usage_logs l
left join lateral (
  select truth.*
  from budget_adjustments a cross join lateral jsonb_populate_record(null::gateway_usage_logs, a.truth) truth
  where l.status = 'orphaned' and a.call_id = l.call_id
  order by a.id
  limit 1
) t on true;
revoke all on usage_facts from public, anon, authenticated;
grant select on usage_facts to catraca_gateway;

-- What the hours between these two must be.
create function usage_recount(p_from timestamptz, p_to timestamptz) returns setof usage_rollups
language sql
stable
as $$
  select f.client_id, date_trunc('hour', f.created_at, 'UTC'), f.provider, f.model_name, f.api_type, count(*), sum(f.errors), sum(f.cache_hits),
    sum(f.orphaned), sum(f.released), sum(f.unpriced_usd), sum(f.unpriced_brl), sum(f.input_tokens)::bigint, sum(f.output_tokens)::bigint,
    sum(f.cached_tokens)::bigint, sum(f.cache_write_tokens)::bigint, sum(f.reasoning_tokens)::bigint, sum(f.total_tokens)::bigint,
    sum(f.cost_usd)::numeric(24, 12), sum(f.cost_brl)::numeric(24, 12),
    usage_sketch_of(array_agg(f.latency_bucket))
  from usage_facts f
  where f.created_at >= p_from and f.created_at < p_to
  group by 1, 2, 3, 4, 5
$$;

-- In the statement that inserts the rows, and by those really inserted: a call that is booked twice is counted once.
create function roll_up_usage() returns trigger
language plpgsql
as $$
declare
  v_deltas usage_rollups[] := array(
    select (i.client_id, date_trunc('hour', i.created_at, 'UTC'), i.provider, i.model_name, i.api_type, count(*),
      count(*) filter (where i.status = 'error'), count(*) filter (where i.was_cached), count(*) filter (where i.status = 'orphaned'), 0,
      count(*) filter (where i.cost_usd is null), count(*) filter (where i.cost_brl is null), sum(i.input_tokens), sum(i.output_tokens),
      sum(i.cached_tokens), sum(i.cache_write_tokens), sum(i.reasoning_tokens), sum(i.total_tokens), coalesce(sum(i.cost_usd), 0),
      coalesce(sum(i.cost_brl), 0), usage_sketch_of(array_agg(usage_latency_bucket(i.status, i.was_cached, i.latency_ms))))::usage_rollups
    from inserted i
    group by i.client_id, date_trunc('hour', i.created_at, 'UTC'), i.provider, i.model_name, i.api_type);
begin
  if cardinality(v_deltas) > 0 then
    perform usage_add(v_deltas);
  end if;
  return null;
end
$$;
create trigger roll_up_usage after insert on gateway_usage_logs referencing new table as inserted
  for each statement execute function roll_up_usage();

-- Late truth: takes the row off as it was charged and puts the truth in its place, once a call, however many budgets it moved.
create function roll_up_late_truth() returns trigger
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
        -coalesce(l.cost_usd, 0), -coalesce(l.cost_brl, 0), '{}')::usage_rollups
      from gateway_usage_logs l where l.call_id = any (v_calls) and l.status = 'orphaned'
      union all
      select (f.client_id, date_trunc('hour', f.created_at, 'UTC'), f.provider, f.model_name, f.api_type, 1, f.errors, f.cache_hits, f.orphaned,
        f.released, f.unpriced_usd, f.unpriced_brl, f.input_tokens, f.output_tokens, f.cached_tokens, f.cache_write_tokens,
        f.reasoning_tokens, f.total_tokens, f.cost_usd, f.cost_brl,
        usage_sketch_of(array[f.latency_bucket]))::usage_rollups
      from usage_facts f join gateway_usage_logs l on l.call_id = f.call_id and l.created_at = f.created_at
      where f.call_id = any (v_calls) and l.status = 'orphaned'));
  end if;
  return null;
end
$$;
create trigger roll_up_late_truth after insert on budget_adjustments referencing new table as adjusted
  for each statement execute function roll_up_late_truth();

-- Makes the rollups of a UTC day anew from its rows. Bookings wait meanwhile; what they add comes on top of what is counted here.
create function rebuild_usage_day(p_day date) returns void
language plpgsql
as $$
declare
  v_from timestamptz := p_day::timestamp at time zone 'UTC';
  v_to timestamptz := (p_day + 1)::timestamp at time zone 'UTC';
  v_hours usage_rollups[];
begin
  lock table usage_rollups in share row exclusive mode;
  v_hours := array(select h from usage_recount(v_from, v_to) h);
  delete from usage_rollups where hour >= v_from and hour < v_to;
  delete from usage_days where day = p_day;
  perform usage_add(v_hours);
end
$$;

-- Months that were put away, also after they were dropped: what is told of them is then told by rollups and counters alone.
create schema catraca_archive;
revoke all on schema catraca_archive from public;
create table archived_usage_months (
  month_start timestamptz primary key,
  month_end timestamptz not null,
  archived_at timestamptz not null default now(),
  dropped_at timestamptz
);
select catraca_secure('archived_usage_months');

create function usage_month_name(p_start timestamptz) returns text
language sql
immutable
as $$ select 'gateway_usage_logs_' || to_char(p_start at time zone 'UTC', 'YYYYMM') $$;

-- Makes the month that holds `at`, unless it is there, and moves rows that had to go to the default partition into it. The lock on the
-- whole is held for as long as that takes, which is nothing where months are made ahead; who cannot have it within a second is told so
-- (lock_not_available) and comes again. Only a lock that everybody takes first keeps a booking under way from waiting in a ring.
create or replace function ensure_usage_partition(at timestamptz) returns void
language plpgsql
security definer
set search_path = pg_catalog, public
set lock_timeout = '1s'
as $$
declare
  v_start timestamptz := date_trunc('month', at, 'UTC');
  v_end timestamptz := (date_trunc('month', at at time zone 'UTC') + interval '1 month') at time zone 'UTC';
  v_name text := public.usage_month_name(v_start);
  v_target text := format('public.%I', v_name);
  v_archived boolean := to_regclass(format('catraca_archive.%I', v_name)) is not null;
begin
  if to_regclass(v_target) is not null then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('catraca usage partitions', 0));
  -- Another replica may have made it while this one waited.
  if to_regclass(v_target) is not null then
    return;
  end if;
  if v_archived then
    v_target := format('catraca_archive.%I', v_name);
  elsif exists (select 1 from public.archived_usage_months where month_start = v_start) then
    return;
  end if;

  lock table only public.gateway_usage_logs in access exclusive mode;
  if not v_archived then
    execute format('create table %s (like public.gateway_usage_logs including defaults including constraints including indexes)', v_target);
  end if;
  -- Straight into the month: what counts inserts has counted these already.
  execute format('with moved as (
      delete from public.gateway_usage_logs_default where created_at >= %L and created_at < %L returning *
    ) insert into %s overriding system value select * from moved', v_start, v_end, v_target);
  if not v_archived then
    execute format('alter table public.gateway_usage_logs attach partition %s for values from (%L) to (%L)', v_target, v_start, v_end);
    perform public.catraca_secure(v_target::regclass);
  end if;
end
$$;

-- The current month and the next two, and those of rows in the default partition. In one order with every other keeper: who looks into
-- the default partition before it has its turn would keep the one before it from attaching a month.
create function ensure_usage_partitions() returns void
language plpgsql
security definer
set search_path = pg_catalog, public
set lock_timeout = '1s'
as $$
declare
  v_months timestamptz[];
  v_month timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('catraca usage partitions', 0));
  v_months := array(
    select (date_trunc('month', now() at time zone 'UTC') + make_interval(months => n)) at time zone 'UTC' from generate_series(0, 2) as n
    union
    select date_trunc('month', created_at, 'UTC') from public.gateway_usage_logs_default
    order by 1);
  foreach v_month in array v_months loop
    perform public.ensure_usage_partition(v_month);
  end loop;
end
$$;

-- Puts months away that ended at least p_keep months ago: out of gateway_usage_logs, into the schema catraca_archive, whole. Never one
-- that a period still open counts. Answers the months that it put away.
create function archive_usage_months(p_keep integer) returns setof date
language plpgsql
security definer
set search_path = pg_catalog, public
set lock_timeout = '1s'
as $$
declare
  v_name text;
  v_start timestamptz;
  v_end timestamptz;
begin
  if p_keep is null or p_keep < 2 then
    raise exception 'at least two months must be kept' using errcode = '22023';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('catraca usage partitions', 0));
  for v_name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.gateway_usage_logs'::regclass and c.relname ~ '^gateway_usage_logs_\d{6}$'
    order by c.relname
  loop
    v_start := to_date(right(v_name, 6), 'YYYYMM')::timestamp at time zone 'UTC';
    v_end := (to_date(right(v_name, 6), 'YYYYMM') + interval '1 month') at time zone 'UTC';
    exit when v_end > (public.ledger_now() at time zone 'UTC' - make_interval(months => p_keep)) at time zone 'UTC';
    exit when exists (select 1 from public.budget_periods p where p.period_end > public.ledger_now() and p.period_start < v_end);
    lock table only public.gateway_usage_logs in access exclusive mode;
    execute format('alter table public.gateway_usage_logs detach partition public.%I', v_name);
    execute format('alter table public.%I set schema catraca_archive', v_name);
    insert into public.archived_usage_months (month_start, month_end) values (v_start, v_end);
    return next to_date(right(v_name, 6), 'YYYYMM');
  end loop;
end
$$;

-- Deletes a month that was put away; rollups and counters stay. For the owner alone.
create function drop_archived_usage(p_month date) returns void
language plpgsql
set search_path = pg_catalog, public
as $$
declare
  v_start timestamptz := date_trunc('month', p_month::timestamp) at time zone 'UTC';
begin
  if to_regclass(format('catraca_archive.%I', public.usage_month_name(v_start))) is null then
    raise exception 'the month % is not in the archive', to_char(p_month, 'YYYY-MM') using errcode = '22023';
  end if;
  execute format('drop table catraca_archive.%I', public.usage_month_name(v_start));
  update public.archived_usage_months set dropped_at = now() where month_start = v_start;
end
$$;

do $$
declare
  target regprocedure;
begin
  for target in
    select oid from pg_proc
    where pronamespace = 'public'::regnamespace
      and (proname like 'usage\_%' or proname like 'roll\_up\_%' or proname in ('rebuild_usage_day', 'ensure_usage_partitions', 'archive_usage_months', 'drop_archived_usage'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;
revoke execute on function drop_archived_usage(date) from catraca_gateway;
revoke execute on function rebuild_usage_day(date) from catraca_gateway;

-- Rows that were booked before there were rollups.
select rebuild_usage_day(d.day)
from (select distinct (created_at at time zone 'UTC')::date as day from gateway_usage_logs) d;

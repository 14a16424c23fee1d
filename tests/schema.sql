CREATE SCHEMA catraca_archive;

CREATE SCHEMA vault;

COMMENT ON SCHEMA vault IS 'catraca: secrets sealed with a public key; opened by the gateway, never by the database';

CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public;

COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions';

CREATE TYPE public.ledger_budget AS (
	id uuid,
	client_id uuid,
	budget_type text,
	budget_period text,
	time_zone text,
	is_hard boolean,
	is_paused boolean,
	period_start timestamp with time zone,
	period_end timestamp with time zone,
	"limit" bigint,
	used bigint,
	reserved bigint,
	raised_until timestamp with time zone
);

CREATE TYPE public.ledger_move AS (
	call_id uuid,
	budget_id uuid,
	period_start timestamp with time zone,
	held bigint
);

CREATE FUNCTION public.ai_models_registry_before_write() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION public.ai_models_registry_keep_price() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO ''
    AS $$
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

CREATE FUNCTION public.alert_announce() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('catraca_alert', '');
  return null;
end
$$;

CREATE FUNCTION public.alert_budget_details(p_budget_id uuid, p_period_end timestamp with time zone) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  select jsonb_build_object('budget_type', b.budget_type, 'budget_period', b.budget_period, 'is_hard', b.pause_at_limit,
    'period_end', to_char(p_period_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'time_zone', c.time_zone)
  from budgets b join clients c on c.id = b.client_id
  where b.id = p_budget_id
$$;

CREATE FUNCTION public.alert_budget_key(p_kind text, p_budget_id uuid, p_period_start timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select p_kind || ':' || p_budget_id || ':' || extract(epoch from p_period_start)::bigint $$;

CREATE FUNCTION public.alert_dead_letters() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  insert into alerts (kind, client_id, details, dedupe_key)
  select 'dead_letter', c.id, jsonb_build_object('dead_letter_id', d.id, 'call_id', d.call_id, 'error', d.error), 'dead_letter:' || d.id
  from kept d
  -- A dead letter may hold anything, so its client is looked for as a text.
  left join clients c on c.id::text = lower(d.record ->> 'client_id')
  on conflict (dedupe_key) do nothing;
  return null;
end
$$;

CREATE FUNCTION public.alert_stale_rate(p_rate numeric, p_source text, p_rate_at timestamp with time zone) RETURNS void
    LANGUAGE sql
    AS $$
  insert into alerts (kind, details, dedupe_key)
  values ('stale_exchange_rate',
    jsonb_build_object('rate', trim_scale(p_rate), 'source', p_source, 'rate_at', to_char(p_rate_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
    'stale_exchange_rate:' || to_char(ledger_now() at time zone 'UTC', 'YYYY-MM-DD'))
  on conflict (dedupe_key) do nothing
$$;

CREATE FUNCTION public.alert_usage_rows() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  v_now timestamp := ledger_now() at time zone 'UTC';
  v_stale record;
begin
  if not exists (
    select 1 from booked r
    where r.status = 'orphaned' or r.cost_usd is null
      or (r.rate_at < r.created_at - interval '72 hours' and r.rate_source is distinct from 'env')
  ) then
    return null;
  end if;

  insert into alerts (kind, client_id, details, dedupe_key)
  select 'orphaned_calls', r.client_id, jsonb_build_object('calls', count(*), 'hour', to_char(v_now, 'YYYY-MM-DD"T"HH24":00:00Z"')),
    'orphaned_calls:' || r.client_id || ':' || to_char(v_now, 'YYYY-MM-DD"T"HH24')
  from booked r
  where r.status = 'orphaned'
  group by r.client_id
  union all
  select 'unpriced_model', null, jsonb_build_object('provider', r.provider, 'model_name', r.model_name, 'calls', count(*)),
    'unpriced_model:' || r.provider || '/' || r.model_name || ':' || to_char(v_now, 'YYYY-MM-DD')
  from booked r
  where r.cost_usd is null
  group by r.provider, r.model_name
  -- In one order, so that two batches never wait for each other.
  order by 4
  on conflict (dedupe_key) do nothing;

  select r.usd_brl_rate, r.rate_source, r.rate_at into v_stale
  from booked r
  where r.rate_at < r.created_at - interval '72 hours' and r.rate_source is distinct from 'env'
  order by r.rate_at
  limit 1;
  if found then
    perform alert_stale_rate(v_stale.usd_brl_rate, v_stale.rate_source, v_stale.rate_at);
  end if;
  return null;
end
$$;

CREATE FUNCTION public.archive_usage_months(p_keep integer) RETURNS SETOF date
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    SET lock_timeout TO '1s'
    AS $_$
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
$_$;

CREATE FUNCTION public.auth_take_try(p_keys text[], p_most integer, p_window interval) RETURNS double precision
    LANGUAGE plpgsql
    AS $$
declare
  v_now timestamptz := clock_timestamp();
  v_key text;
  v_tries timestamptz[];
  v_wait double precision := 0;
begin
  -- In one order, so that two never wait for each other.
  for v_key in select distinct k from unnest(p_keys) as k order by k loop
    insert into auth_rate_limits as l (key, tries, last_try_at) values (v_key, '{}', v_now)
    on conflict (key) do update set key = l.key returning tries into v_tries;
    v_tries := array(select t from unnest(v_tries) as t where t > v_now - p_window order by t);
    if cardinality(v_tries) >= p_most then
      v_wait := greatest(v_wait, extract(epoch from v_tries[cardinality(v_tries) - p_most + 1] + p_window - v_now));
    end if;
  end loop;
  if v_wait = 0 then
    update auth_rate_limits set tries = array(select t from unnest(tries) as t where t > v_now - p_window order by t) || v_now, last_try_at = v_now
    where key = any (p_keys);
  end if;
  delete from auth_rate_limits where key in (
    select key from auth_rate_limits where last_try_at < v_now - p_window and key <> all (p_keys) limit 100 for update skip locked);
  return v_wait;
end
$$;

CREATE FUNCTION public.budget_current_usage(p_budget_id uuid, p_type text, p_period text, p_client_id uuid) RETURNS numeric
    LANGUAGE sql STABLE
    AS $$
  select trim_scale(coalesce((
    select case p_type when 'tokens' then p.used else p.used * 0.000000001 end
    from budget_periods p, clients c
    where p.budget_id = p_budget_id and c.id = p_client_id
      and p.period_start = budget_period_start(p_period, c.time_zone, ledger_now())
  ), 0))
$$;

CREATE FUNCTION public.budget_period_end(period text, time_zone text, at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
  select first_midnight((
    date_trunc(case period when 'daily' then 'day' when 'weekly' then 'week' else 'month' end, at at time zone time_zone)
    + case period when 'daily' then interval '1 day' when 'weekly' then interval '1 week' else interval '1 month' end
  ) at time zone time_zone, time_zone)
$$;

CREATE FUNCTION public.budget_period_start(period text, time_zone text, at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$ select first_midnight(date_trunc(case period when 'daily' then 'day' when 'weekly' then 'week' else 'month' end, at, time_zone), time_zone) $$;

CREATE FUNCTION public.catraca_audit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
declare
  v_before jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) - 'hash' end;
  v_after jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) - 'hash' end;
begin
  if v_before is not distinct from v_after then
    return null;
  end if;
  insert into public.audit_log (actor, action, table_name, row_id, before, after)
  values (
    coalesce(nullif(current_setting('catraca.actor', true), ''), session_user),
    lower(tg_op), tg_table_name, coalesce(v_after ->> 'id', v_before ->> 'id', ''), v_before, v_after
  );
  return null;
end
$$;

CREATE FUNCTION public.catraca_budgets_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  v_retired uuid[] := array(
    select n.id from budgets_after n join budgets_before o using (id) where n.retired_at is not null and o.retired_at is null);
  v_changed uuid[] := array(
    select n.id from budgets_after n join budgets_before o using (id)
    where n.retired_at is null
      and (n.limit_amount, n.raised_amount, n.raised_until, n.pause_at_limit, n.is_paused)
        is distinct from (o.limit_amount, o.raised_amount, o.raised_until, o.pause_at_limit, o.is_paused));
begin
  if cardinality(v_retired) + cardinality(v_changed) = 0 then
    return null;
  end if;
  perform ledger_lock_budgets(v_retired, v_changed, '{}');
  update budget_periods p set "limit" = b.limit_amount, raised_limit = b.raised_amount, raised_until = b.raised_until
  from budgets b
  where b.id = any (v_changed) and p.budget_id = b.id and p.period_end > ledger_now();
  if cardinality(v_retired) > 0 then
    perform ledger_succeed_budgets(v_retired);
  end if;
  return null;
end
$$;

CREATE FUNCTION public.catraca_check_time_zone() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform now() at time zone new.time_zone;
  return new;
exception
  when invalid_parameter_value then
    raise exception 'unknown time zone "%": use an IANA name such as America/Sao_Paulo', new.time_zone using errcode = '22023';
end
$$;

CREATE FUNCTION public.catraca_client_plan_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform catraca_copy_plan_budgets(array[new.id]);
  return null;
end
$$;

CREATE FUNCTION public.catraca_clients_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  v_moved uuid[] := array(select n.id from clients_after n join clients_before o using (id) where n.plan <> o.plan);
  -- Where the period is the same in both zones, nothing is.
  v_replaced uuid[] := array(
    select b.id
    from clients_after n join clients_before o using (id) join budgets b on b.client_id = n.id
    where n.time_zone <> o.time_zone and b.retired_at is null
      and (budget_period_start(b.budget_period, n.time_zone, ledger_now()), budget_period_end(b.budget_period, n.time_zone, ledger_now()))
        <> (budget_period_start(b.budget_period, o.time_zone, ledger_now()), budget_period_end(b.budget_period, o.time_zone, ledger_now())));
begin
  if cardinality(v_moved) + cardinality(v_replaced) = 0 then
    return null;
  end if;
  perform ledger_lock_budgets(v_replaced, '{}', v_replaced || array(
    select id from budgets where client_id = any (v_moved) and plan_budget_id is not null and retired_at is null));
  perform catraca_copy_plan_budgets(v_moved);
  update budgets b
  set retired_at = ledger_now(),
    successor = to_jsonb(b) - array['limit_amount', 'raised_amount', 'origin_id', 'retired_at', 'successor', 'updated_at']
      || jsonb_build_object('id', gen_random_uuid())
  where b.id = any (v_replaced);
  return null;
end
$$;

CREATE FUNCTION public.catraca_copy_plan_budgets(p_client_ids uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
  v_copies uuid[] := array(
    select b.id from budgets b where b.client_id = any (p_client_ids) and b.plan_budget_id is not null and b.retired_at is null);
  v_retired uuid[] := array(
    select b.id from budgets b join plan_budgets d on d.id = b.plan_budget_id
    where b.id = any (v_copies) and (d.budget_type, d.budget_period) is distinct from (b.budget_type, b.budget_period));
begin
  -- The statements below lock them one after the other.
  perform ledger_lock_budgets(v_retired, '{}', v_copies);

  -- Where the old plan and the new one both have a budget of a kind, what was used of it stays used.
  update budgets b set plan_budget_id = d.id
  from clients c, plan_budgets was, plan_budgets d
  where b.client_id = any (p_client_ids) and b.retired_at is null and c.id = b.client_id and was.id = b.plan_budget_id and was.plan <> c.plan
    and d.plan = c.plan and d.budget_type = b.budget_type and d.budget_period = b.budget_period
    and not exists (select 1 from budgets o where o.client_id = b.client_id and o.plan_budget_id = d.id and o.retired_at is null);

  delete from budgets b using clients c, plan_budgets d
  where b.client_id = any (p_client_ids) and b.retired_at is null and c.id = b.client_id and d.id = b.plan_budget_id and d.plan <> c.plan;

  insert into budgets (client_id, budget_type, budget_limit, budget_period, alert_threshold_80, alert_threshold_90, alert_threshold_100,
    pause_at_limit, plan_budget_id)
  select c.id, d.budget_type, d.budget_limit, d.budget_period, d.alert_threshold_80, d.alert_threshold_90, d.alert_threshold_100,
    d.pause_at_limit, d.id
  from clients c join plan_budgets d on d.plan = c.plan
  where c.id = any (p_client_ids)
  on conflict (client_id, plan_budget_id) where plan_budget_id is not null and retired_at is null do update
  set budget_type = excluded.budget_type, budget_limit = excluded.budget_limit, budget_period = excluded.budget_period,
    alert_threshold_80 = excluded.alert_threshold_80, alert_threshold_90 = excluded.alert_threshold_90,
    alert_threshold_100 = excluded.alert_threshold_100, pause_at_limit = excluded.pause_at_limit;
end
$$;

CREATE FUNCTION public.catraca_note_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public'
    AS $$
begin
  update public.catraca_changes set version = version + 1;
  perform pg_notify('catraca_changed', tg_table_name);
  return null;
end
$$;

CREATE FUNCTION public.catraca_plan_budget_deleted() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform ledger_lock_budgets('{}', '{}', array(select id from budgets where plan_budget_id = old.id));
  return old;
end
$$;

CREATE FUNCTION public.catraca_plan_budgets_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  if tg_op = 'INSERT' then
    perform catraca_copy_plan_budgets(array(select id from clients where plan in (select plan from plans_after)));
  else
    -- When a budget moves to another plan, the clients of the one that it leaves lose their copies.
    perform catraca_copy_plan_budgets(array(
      select id from clients where plan in (select plan from plans_after union select plan from plans_before)));
  end if;
  return null;
end
$$;

CREATE FUNCTION public.catraca_remove_holds() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  delete from budget_holds where budget_id = old.id;
  return null;
end
$$;

CREATE FUNCTION public.catraca_retire_budget() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  v_successor budgets := new;
begin
  if old.retired_at is not null then
    raise exception 'this budget is history: another has taken its place' using errcode = '22023';
  end if;
  -- A raise is an amount of the old kind.
  if (new.raised_limit, new.raised_until) is not distinct from (old.raised_limit, old.raised_until) then
    v_successor.raised_limit := null;
    v_successor.raised_until := null;
  end if;
  v_successor.id := gen_random_uuid();
  if old.plan_budget_id is null and exists (
    select 1 from budgets b
    where b.client_id = new.client_id and b.budget_type = new.budget_type and b.budget_period = new.budget_period and b.origin_id is null
  ) then
    raise exception 'the client already has a % % budget: change that one, or delete one of the two', new.budget_period, new.budget_type
      using errcode = '23505', constraint = 'budgets_own';
  end if;
  new := old;
  new.retired_at := ledger_now();
  new.successor := to_jsonb(v_successor) - array['limit_amount', 'raised_amount', 'origin_id', 'retired_at', 'successor', 'updated_at'];
  return new;
end
$$;

CREATE FUNCTION public.catraca_secure(target regclass) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
  v_sequence regclass;
begin
  execute format('alter table %s enable row level security', target);
  execute format('revoke all on table %s from public, anon, authenticated', target);
  execute format('grant select, insert, update, delete on table %s to catraca_gateway', target);
  execute format('create policy catraca_gateway_all on %s to catraca_gateway using (true) with check (true)', target);
  for v_sequence in select sequence from catraca_sequences_of(target) as sequence loop
    execute format('revoke all on sequence %s from public, anon, authenticated', v_sequence);
  end loop;
end
$$;

CREATE FUNCTION public.catraca_sequences_of(target regclass) RETURNS SETOF regclass
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public'
    AS $$
  select d.objid::regclass
  from pg_depend d
  join pg_class c on c.oid = d.objid and c.relkind = 'S'
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = target and d.deptype in ('a', 'i')
$$;

CREATE FUNCTION public.catraca_touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  new.updated_at := now();
  return new;
end
$$;

CREATE FUNCTION public.client_has_hard_budget(p_client_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ select exists (select 1 from effective_budgets where client_id = p_client_id and pause_at_limit) $$;

CREATE FUNCTION public.client_is_paused(p_client_id uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ select exists (select 1 from effective_budgets where client_id = p_client_id and is_paused) $$;

CREATE FUNCTION public.drop_archived_usage(p_month date) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public'
    AS $$
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

CREATE FUNCTION public.exchange_rates_append_only() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO ''
    AS $$
begin
  raise exception 'exchange_rates is append-only: a rate that calls were booked with is never overwritten';
end
$$;

CREATE FUNCTION public.first_midnight(midnight timestamp with time zone, time_zone text) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
  select case
    when (midnight - interval '1 hour') at time zone time_zone = midnight at time zone time_zone then midnight - interval '1 hour'
    else midnight
  end
$$;

CREATE FUNCTION public.ledger_adjust(p_records jsonb, p_late uuid[]) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  -- Locked by ledger_settle, with all others.
  v_moves ledger_move[] := ledger_late_moves(p_late);
  v_adjusted integer;
begin
  with late as (
    select distinct on (r.call_id) r.*, u.charges as charged
    from jsonb_populate_recordset(null::gateway_usage_logs, p_records) r
    join gateway_usage_logs u on u.call_id = r.call_id and u.status = 'orphaned'
    where r.call_id = any (p_late) and r.status is distinct from 'orphaned'
    order by r.call_id, r.status is null
  ), booked as (
    select l.call_id, c.budget_id, c.period_start, c.amount
    from late l left join lateral jsonb_to_recordset(l.charged) as c(budget_id uuid, period_start timestamptz, amount bigint) on true
    union all
    select o.call_id, o.budget_id, o.period_start, o.amount from ledger_opened_calls(null, p_late) o
  ), deltas as (
    -- Of a budget that was deleted since there is no counter to move, only the truth to keep.
    select l.call_id, b.id as budget_id, case when b.id is not null then k.period_start end as period_start,
      case when b.id is null then 0
        else ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl) - k.amount end as amount,
      case when l.status is null then 'late_release' else 'late_settlement' end as reason, to_jsonb(l) - 'charged' - 'charges' as truth
    from late l
    join booked k on k.call_id = l.call_id
    left join budgets b on b.id = k.budget_id
  ), adjusted as (
    insert into budget_adjustments (call_id, budget_id, period_start, amount, reason, truth)
    select call_id, budget_id, period_start, amount, reason, truth from deltas
    on conflict do nothing
    returning budget_id, period_start, amount
  ), moved as (
    update budget_periods p set used = p.used + a.amount
    from (select budget_id, period_start, sum(amount) as amount from adjusted group by 1, 2) a
    where p.budget_id = a.budget_id and p.period_start = a.period_start
  )
  select count(*) into v_adjusted from adjusted;
  perform ledger_alert(v_moves);
  return v_adjusted;
end
$$;

CREATE FUNCTION public.ledger_alert(p_moves public.ledger_move[]) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  v_alerts integer;
begin
  insert into alerts (kind, client_id, budget_id, period_start, threshold, used, "limit", details, dedupe_key)
  select d.kind, b.client_id, p.budget_id, p.period_start, d.threshold, p.used, l."limit",
    alert_budget_details(p.budget_id, p.period_end) || case when d.threshold is null then '{"reason": "used"}'::jsonb else '{}' end,
    alert_budget_key(d.kind, p.budget_id, p.period_start) || coalesce(':' || d.threshold, '')
  from (select distinct m.budget_id, m.period_start from unnest(p_moves) m) as m
  join budget_periods p on p.budget_id = m.budget_id and p.period_start = m.period_start
  join budgets b on b.id = p.budget_id and b.retired_at is null
  -- Of a period that is over, the limit that it ended with.
  cross join lateral (select ledger_period_limit(p, least(ledger_now(), p.period_end)) as "limit") as l
  cross join lateral (values
    ('budget_threshold', 80, b.alert_threshold_80), ('budget_threshold', 90, b.alert_threshold_90),
    ('budget_threshold', 100, b.alert_threshold_100), ('budget_exceeded', null, p.used > l."limit")) as d(kind, threshold, is_due)
  where d.is_due and p.used::numeric * 100 >= l."limit"::numeric * coalesce(d.threshold, 100)
  on conflict (dedupe_key) do nothing;
  get diagnostics v_alerts = row_count;
  return v_alerts;
end
$$;

CREATE FUNCTION public.ledger_alert_refusal(p_budget_id uuid, p_period_end timestamp with time zone) RETURNS void
    LANGUAGE sql
    AS $$
  insert into alerts (kind, client_id, budget_id, period_start, used, "limit", details, dedupe_key)
  select 'budget_exceeded', b.client_id, p.budget_id, p.period_start, p.used, ledger_period_limit(p, ledger_now()),
    alert_budget_details(p.budget_id, p.period_end) || '{"reason": "refused"}',
    alert_budget_key('budget_exceeded', p.budget_id, p.period_start)
  from budget_periods p join budgets b on b.id = p.budget_id
  where p.budget_id = p_budget_id and p.period_end = p_period_end
  on conflict (dedupe_key) do nothing
$$;

CREATE FUNCTION public.ledger_bound_amount(p_bound jsonb, p_output bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    AS $$ select (p_bound ->> 'fixed')::numeric + ceil(p_output * (p_bound ->> 'per_million')::numeric / 1000000) $$;

CREATE FUNCTION public.ledger_budgets(p_clients uuid[], p_now timestamp with time zone, p_lock boolean) RETURNS public.ledger_budget[]
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  v_budgets ledger_budget[];
  v_missing uuid[];
  v_locked uuid[];
  v_has_made boolean := p_lock;
begin
  if p_lock then
    v_locked := array(
      select p.budget_id
      from effective_budgets b
      join budget_periods p on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, p_now)
      where b.client_id = any (p_clients)
      order by p.budget_id, p.period_start
      for no key update of p);
  end if;

  loop
    -- With the locks held this sees every change that was made before they were had.
    select coalesce(array_agg((b.id, b.client_id, b.budget_type, b.budget_period, b.time_zone, b.pause_at_limit, b.is_paused,
        p.period_start, p.period_end, ledger_period_limit(p, p_now), p.used, p.reserved,
        case when p.raised_until > p_now and p.raised_limit > p."limit" then p.raised_until end)::ledger_budget order by b.client_id, b.id), '{}'),
      array_agg(b.id) filter (where p.budget_id is null or b.id <> all (v_locked))
    into v_budgets, v_missing
    from effective_budgets b
    left join budget_periods p on p.budget_id = b.id and p.period_start = budget_period_start(b.budget_period, b.time_zone, p_now)
    where b.client_id = any (p_clients);
    exit when v_missing is null;
    if v_has_made then
      -- Made, or put in another's place, while this waited.
      raise exception 'a budget was made at this moment' using errcode = '40001';
    end if;
    perform ledger_make_periods(v_missing, array_fill(p_now, array[cardinality(v_missing)]));
    v_has_made := true;
  end loop;
  return v_budgets;
end
$$;

CREATE FUNCTION public.ledger_contact_hash(p_client text, p_phone text) RETURNS bytea
    LANGUAGE sql IMMUTABLE
    AS $$ select sha256(convert_to(p_client || ' ' || p_phone, 'UTF8')) $$;

CREATE FUNCTION public.ledger_describe(p_budget public.ledger_budget, p_added bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  select jsonb_build_object(
    'id', p_budget.id, 'type', p_budget.budget_type, 'period', p_budget.budget_period, 'limit', p_budget."limit",
    'used', p_budget.used, 'reserved', p_budget.reserved + p_added,
    'resets_at', to_char(p_budget.period_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'time_zone', p_budget.time_zone,
    'raised_until', to_char(p_budget.raised_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
$$;

CREATE FUNCTION public.ledger_erasing_lock() RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$ select hashtextextended('catraca erases a contact', 0) $$;

CREATE FUNCTION public.ledger_expire(p_most integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  v_records jsonb;
  v_record jsonb;
begin
  with due as (
    select a.* from call_admissions a where a.expires_at < ledger_now() order by a.call_id limit p_most for update skip locked
  ), priced as (
    select d.*, coalesce(c.expired_holds = 'release', false) as released,
      ledger_bound_amount(d.bounds -> 'tokens', d.output_tokens) as tokens,
      (d.bounds -> 'tokens' ->> 'fixed')::bigint as input_tokens,
      ledger_bound_amount(d.bounds -> 'usd', d.output_tokens) * 0.000000001 as usd,
      ledger_bound_amount(d.bounds -> 'brl', d.output_tokens) * 0.000000001 as brl
    from due d left join clients c on c.id = d.client_id
  )
  select jsonb_agg(p.estimate || jsonb_build_object(
    'call_id', p.call_id, 'client_id', p.client_id, 'status', 'orphaned',
    -- A call that was served without an answer from reserve can have its row already, under a time of its own.
    'created_at', coalesce((select min(u.created_at) from gateway_usage_logs u where u.call_id = p.call_id), p.admitted_at),
    'flags', coalesce(p.estimate -> 'flags', '[]') || case when p.released then '["hold_released"]'::jsonb else '[]' end,
    'input_tokens', case when p.released then 0 else p.input_tokens end,
    'output_tokens', case when p.released then 0 else p.tokens - p.input_tokens end,
    'total_tokens', case when p.released then 0 else p.tokens end,
    'cost_usd', case when p.released then 0 else p.usd end,
    'cost_brl', case when p.released then 0 else p.brl end))
  into v_records from priced p;
  if v_records is null then
    return 0;
  end if;

  begin
    perform ledger_settle(v_records);
  exception when data_exception or integrity_constraint_violation then
    for v_record in select r from jsonb_array_elements(v_records) r loop
      perform ledger_expire_one(v_record);
    end loop;
  end;
  return jsonb_array_length(v_records);
end
$$;

CREATE FUNCTION public.ledger_expire_one(p_record jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  perform ledger_settle(jsonb_build_array(p_record));
exception when data_exception or integrity_constraint_violation then
  insert into usage_dead_letters (call_id, record, error) values ((p_record ->> 'call_id')::uuid, p_record, sqlerrm) on conflict do nothing;
  perform ledger_settle(jsonb_build_array(jsonb_build_object('call_id', p_record -> 'call_id', 'void', true)));
end
$$;

CREATE FUNCTION public.ledger_late_moves(p_late uuid[]) RETURNS public.ledger_move[]
    LANGUAGE sql STABLE
    AS $$
  select array(
    select (u.call_id, c.budget_id, c.period_start, null)::ledger_move
    from gateway_usage_logs u cross join lateral jsonb_to_recordset(u.charges) as c(budget_id uuid, period_start timestamptz)
    where u.call_id = any (p_late) and u.status = 'orphaned'
    union all
    select (o.call_id, o.budget_id, o.period_start, null)::ledger_move from ledger_opened_calls(null, p_late) o where o.status = 'orphaned')
$$;

CREATE FUNCTION public.ledger_lock_budgets(p_retired uuid[], p_changed uuid[], p_deleted uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
  v_clients uuid[] := array(select distinct client_id from budgets where id = any (p_retired));
  v_calls uuid[];
begin
  for v_attempt in 1..100 loop
    begin
      v_calls := array(select call_id from call_admissions where client_id = any (v_clients) order by call_id for update);
      perform 1 from budgets where id = any (p_deleted) order by id for update;
      perform 1 from budget_periods
      where budget_id = any (p_retired || p_deleted) or (budget_id = any (p_changed) and period_end > ledger_now())
      order by budget_id, period_start
      for no key update;
      -- From here on nobody is admitted. Who was meanwhile comes along, unless it is being settled already: settling waits for the
      -- periods, so these have to be let go.
      perform 1 from call_admissions where client_id = any (v_clients) and call_id <> all (v_calls) order by call_id for update nowait;
      return;
    exception when lock_not_available then
      if v_attempt = 100 then
        raise;
      end if;
    end;
  end loop;
end
$$;

CREATE FUNCTION public.ledger_make_periods(p_budget_ids uuid[], p_instants timestamp with time zone[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  for v_attempt in 1..130 loop
    begin
      perform 1 from budgets where id = any (p_budget_ids) order by id for share nowait;
      exit;
    exception when lock_not_available then
      if v_attempt = 130 then
        raise;
      end if;
    end;
    perform pg_sleep(0.01);
  end loop;
  if exists (select 1 from budgets where id = any (p_budget_ids) and retired_at is not null) then
    raise exception 'a budget was replaced at this moment' using errcode = '40001';
  end if;
  insert into budget_periods (budget_id, period_start, period_end, "limit", raised_limit, raised_until)
  select b.id, budget_period_start(b.budget_period, c.time_zone, w.at), budget_period_end(b.budget_period, c.time_zone, w.at), b.limit_amount,
    b.raised_amount, b.raised_until
  from unnest(p_budget_ids, p_instants) as w(budget_id, at) join budgets b on b.id = w.budget_id join clients c on c.id = b.client_id
  order by 1, 2
  on conflict do nothing;
end
$$;

CREATE FUNCTION public.ledger_now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$ select now() $$;

CREATE FUNCTION public.ledger_opened_calls(p_budget_ids uuid[], p_call_ids uuid[]) RETURNS TABLE(call_id uuid, status text, budget_id uuid, budget_type text, period_start timestamp with time zone, amount bigint)
    LANGUAGE sql STABLE
    AS $$
  -- Two queries, because each has an index of its own to begin with.
  select l.call_id, l.status, b.id, b.budget_type, p.period_start, ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl)
  from budgets b
  join budget_periods p on p.budget_id = b.id
  join gateway_usage_logs l on l.client_id = b.client_id and l.id <= p.opened_upto and l.created_at < p.period_end
    and l.created_at >= greatest(p.period_start, date_trunc('milliseconds', b.created_at))
  where b.id = any (p_budget_ids)
  union all
  select l.call_id, l.status, b.id, b.budget_type, p.period_start, ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl)
  from gateway_usage_logs l
  join budgets b on b.client_id = l.client_id
  join budget_periods p on p.budget_id = b.id and l.id <= p.opened_upto and l.created_at < p.period_end
    and l.created_at >= greatest(p.period_start, date_trunc('milliseconds', b.created_at))
  where l.call_id = any (p_call_ids)
$$;

CREATE TABLE public.budget_periods (
    budget_id uuid NOT NULL,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    "limit" bigint NOT NULL,
    used bigint DEFAULT 0 NOT NULL,
    reserved bigint DEFAULT 0 NOT NULL,
    raised_limit bigint,
    raised_until timestamp with time zone,
    opening bigint DEFAULT 0 NOT NULL,
    opened_upto bigint,
    CONSTRAINT budget_periods_check CHECK ((period_end > period_start)),
    CONSTRAINT budget_periods_reserved_check CHECK ((reserved >= 0)),
    CONSTRAINT opening_has_rows CHECK (((opening = 0) OR (opened_upto IS NOT NULL)))
)
WITH (fillfactor='50');

COMMENT ON TABLE public.budget_periods IS 'used and reserved change in place many times a second; the free half of each page keeps those updates off the index';

CREATE FUNCTION public.ledger_period_limit(p public.budget_periods, at timestamp with time zone) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$ select case when p.raised_until > at then greatest(p."limit", p.raised_limit) else p."limit" end $$;

CREATE FUNCTION public.ledger_place_unadmitted(p_records jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  select jsonb_agg(case when r -> 'unadmitted' = 'true' then r || jsonb_build_object('created_at', coalesce(
      (select min(u.created_at) from gateway_usage_logs u where u.call_id = (r ->> 'call_id')::uuid),
      (select a.admitted_at from call_admissions a where a.call_id = (r ->> 'call_id')::uuid),
      (r ->> 'created_at')::timestamptz)) else r end)
  from jsonb_array_elements(p_records) r
$$;

CREATE FUNCTION public.ledger_refusal(p_call jsonb, p_budgets public.ledger_budget[], p_mine integer[], OUT outcome text, OUT budget integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
declare
  v_bound jsonb;
begin
  foreach budget in array p_mine loop
    if p_budgets[budget].is_paused then
      outcome := 'paused';
      return;
    end if;
    continue when not p_budgets[budget].is_hard;
    v_bound := p_call -> 'bounds' -> p_budgets[budget].budget_type;
    if v_bound is null or jsonb_typeof(v_bound) = 'null' then
      outcome := 'unpriced';
      return;
    end if;
    if p_budgets[budget].used + ledger_bound_amount(v_bound, (p_call ->> 'min_output')::bigint) > p_budgets[budget]."limit" then
      outcome := 'exceeded';
      return;
    end if;
  end loop;
  budget := null;
end
$$;

CREATE FUNCTION public.ledger_reserve(p_calls jsonb, p_replica text) RETURNS jsonb
    LANGUAGE plpgsql
    SET lock_timeout TO '1300ms'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
declare
  v_now timestamptz := date_trunc('milliseconds', ledger_now());
  v_admitted_at text := to_char(v_now at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
  v_clients uuid[] := array(select distinct (c ->> 'client_id')::uuid from jsonb_array_elements(p_calls) c);
  v_budgets ledger_budget[];
  v_owners uuid[];       -- the client of each budget
  v_mine integer[];      -- where the budgets of the call's client are
  v_left bigint[];       -- what each budget can still hold
  v_added bigint[];
  v_result jsonb[] := '{}';
  v_call jsonb;
  v_bound jsonb;
  v_outcome text;
  v_refuser integer;
  v_output bigint;
  v_fitting bigint;
  v_fixed numeric;
  v_per numeric;
  v_amount bigint;
  v_holds jsonb;
  v_hard boolean;
  v_lock boolean := false;
  k integer;
begin
  -- First without a lock: what is used only grows within a period, so a budget that is spent stays refused, and refusals of an
  -- exhausted client never queue for the row that paying clients need.
  v_budgets := ledger_budgets(v_clients, v_now, false);
  if cardinality(v_budgets) > 0 then
    v_owners := array(select b.client_id from unnest(v_budgets) b);
    for v_call in select c from jsonb_array_elements(p_calls) c loop
      v_lock := ledger_refusal(v_call, v_budgets, array_positions(v_owners, (v_call ->> 'client_id')::uuid)) is null;
      exit when v_lock;
    end loop;
    if v_lock then
      v_budgets := ledger_budgets(v_clients, v_now, true);
    end if;
  end if;
  v_owners := array(select b.client_id from unnest(v_budgets) b);
  v_left := array(select b."limit" - b.used - b.reserved from unnest(v_budgets) b);
  v_added := array_fill(0, array[cardinality(v_budgets)]);

  for v_call in select c from jsonb_array_elements(p_calls) c loop
    v_mine := array_positions(v_owners, (v_call ->> 'client_id')::uuid);
    v_output := (v_call ->> 'output')::bigint;
    select r.outcome, r.budget into v_outcome, v_refuser from ledger_refusal(v_call, v_budgets, v_mine) r;

    if v_outcome is null then
      v_outcome := 'admitted';
      -- The output shrinks to what the tightest hard budget can pay with no other call in the way.
      foreach k in array v_mine loop
        continue when not v_budgets[k].is_hard;
        v_bound := v_call -> 'bounds' -> v_budgets[k].budget_type;
        v_per := (v_bound ->> 'per_million')::numeric;
        if v_per > 0 then
          v_output := least(v_output, floor((v_budgets[k]."limit" - v_budgets[k].used - (v_bound ->> 'fixed')::numeric) * 1000000 / v_per));
        end if;
      end loop;
      v_fitting := v_output;
      foreach k in array v_mine loop
        continue when not v_budgets[k].is_hard;
        v_bound := v_call -> 'bounds' -> v_budgets[k].budget_type;
        v_fixed := (v_bound ->> 'fixed')::numeric;
        v_per := (v_bound ->> 'per_million')::numeric;
        if ledger_bound_amount(v_bound, v_output) > v_left[k] then
          v_refuser := coalesce(v_refuser, k);
          v_fitting := case when v_per > 0 then least(v_fitting, floor((v_left[k] - v_fixed) * 1000000 / v_per)) else -1 end;
        end if;
      end loop;
      if v_refuser is not null then
        if (v_call ->> 'last_chance')::boolean and v_fitting >= (v_call ->> 'min_output')::bigint then
          v_output := v_fitting;
        else
          v_outcome := 'busy';
          -- Arrival order: who comes later and is smaller does not overtake.
          foreach k in array v_mine loop
            v_left[k] := least(v_left[k], 0);
          end loop;
        end if;
      end if;
    end if;

    if v_outcome <> 'admitted' then
      v_result := v_result || jsonb_build_object('call_id', v_call -> 'call_id', 'outcome', v_outcome,
        'budget', ledger_describe(v_budgets[v_refuser], v_added[v_refuser]));
      continue;
    end if;

    v_holds := '[]';
    v_hard := false;
    foreach k in array v_mine loop
      -- A soft budget of a type that has no price holds nothing; a hard one has refused above.
      v_amount := coalesce(ledger_bound_amount(v_call -> 'bounds' -> v_budgets[k].budget_type, v_output), 0);
      v_hard := v_hard or v_budgets[k].is_hard;
      v_left[k] := v_left[k] - v_amount;
      v_added[k] := v_added[k] + v_amount;
      v_holds := v_holds || jsonb_build_object('budget_id', v_budgets[k].id, 'period_start', v_budgets[k].period_start, 'amount', v_amount);
    end loop;
    v_result := v_result || jsonb_build_object('call_id', v_call -> 'call_id', 'outcome', 'admitted', 'output', v_output, 'hard', v_hard,
      'admitted_at', v_admitted_at, 'holds', v_holds);
  end loop;

  insert into call_admissions (call_id, client_id, replica, admitted_at, expires_at, bounds, output_tokens, estimate)
  select (r ->> 'call_id')::uuid, (c ->> 'client_id')::uuid, p_replica, v_now,
    v_now + make_interval(secs => (c ->> 'ttl_ms')::float8 / 1000), c -> 'bounds', (r ->> 'output')::bigint, c -> 'estimate'
  from unnest(v_result) with ordinality as a(r, position)
  join jsonb_array_elements(p_calls) with ordinality as b(c, position) using (position)
  where r ->> 'outcome' = 'admitted';

  if cardinality(v_budgets) > 0 then
    insert into budget_holds (call_id, budget_id, period_start, amount, replica, expires_at)
    select (r ->> 'call_id')::uuid, h.budget_id, h.period_start, h.amount, p_replica,
      v_now + make_interval(secs => (c ->> 'ttl_ms')::float8 / 1000)
    from unnest(v_result) with ordinality as a(r, position)
    join jsonb_array_elements(p_calls) with ordinality as b(c, position) using (position)
    cross join lateral jsonb_to_recordset(r -> 'holds') as h(budget_id uuid, period_start timestamptz, amount bigint)
    where r ->> 'outcome' = 'admitted';

    update budget_periods p set reserved = p.reserved + a.amount
    from unnest(v_budgets) with ordinality as b join unnest(v_added) with ordinality as a(amount, position) on a.position = b.ordinality
    where p.budget_id = b.id and p.period_start = b.period_start and a.amount > 0;
  end if;
  return to_jsonb(v_result);
end
$$;

CREATE FUNCTION public.ledger_reserve_more(p_call_id uuid, p_bounds jsonb, p_output bigint, p_min_output bigint) RETURNS bigint
    LANGUAGE plpgsql
    SET lock_timeout TO '1300ms'
    AS $$
declare
  v_output bigint := p_output;
  v_budget record;
begin
  -- Settling and expiring begin with this lock too: from here on the holds stay as they are.
  perform 1 from call_admissions where call_id = p_call_id for update;
  if not found then
    return null;
  end if;
  for v_budget in
    select b.pause_at_limit, b.is_paused, p_bounds -> b.budget_type as bound, b.retired_at is not null as is_retired,
      ledger_period_limit(p, ledger_now()) - p.used - p.reserved as "left"
    from budget_holds h
    join budgets b on b.id = h.budget_id
    join budget_periods p on p.budget_id = h.budget_id and p.period_start = h.period_start
    where h.call_id = p_call_id
    order by p.budget_id, p.period_start
    for no key update of p
  loop
    -- A budget that was replaced holds nobody back any more; the one in its place has a hold of this call too.
    continue when v_budget.is_retired;
    if v_budget.is_paused then
      return null;
    end if;
    continue when not v_budget.pause_at_limit;
    if (v_budget.bound ->> 'per_million')::numeric > 0 then
      v_output := least(v_output,
        floor((v_budget."left" - (v_budget.bound ->> 'fixed')::numeric) * 1000000 / (v_budget.bound ->> 'per_million')::numeric));
    elsif (v_budget.bound ->> 'fixed')::numeric > v_budget."left" then
      return null;
    end if;
  end loop;
  if v_output < p_min_output then
    return null;
  end if;

  with more as (
    update budget_holds h set amount = h.amount + coalesce(ledger_bound_amount(p_bounds -> b.budget_type, v_output), 0)
    from budgets b
    where b.id = h.budget_id and h.call_id = p_call_id
    returning h.budget_id, h.period_start, coalesce(ledger_bound_amount(p_bounds -> b.budget_type, v_output), 0) as amount
  )
  update budget_periods p set reserved = p.reserved + m.amount
  from more m where p.budget_id = m.budget_id and p.period_start = m.period_start;
  -- What an orphan is charged: both attempts, each with the whole input.
  update call_admissions a
  set output_tokens = a.output_tokens + v_output,
    bounds = (
      select jsonb_object_agg(b.key, jsonb_set(b.value, '{fixed}',
        to_jsonb(((b.value ->> 'fixed')::numeric + (p_bounds -> b.key ->> 'fixed')::numeric)::text)))
      from jsonb_each(a.bounds) b)
  where a.call_id = p_call_id;
  return v_output;
end
$$;

CREATE FUNCTION public.ledger_row_amount(p_type text, p_tokens bigint, p_usd numeric, p_brl numeric) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$
  select case p_type when 'tokens' then coalesce(p_tokens, 0)
    when 'usd' then round(coalesce(p_usd, 0) * 1000000000) else round(coalesce(p_brl, 0) * 1000000000) end::bigint
$$;

CREATE FUNCTION public.ledger_settle(p_records jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    AS $_$
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
  if jsonb_path_exists(p_records, '$[*].phone') then
    -- Whoever erases a contact waits for the batches that have looked, and the others wait for it. After the admissions, as there.
    perform pg_advisory_xact_lock_shared(ledger_erasing_lock());
    p_records := ledger_without_erased(p_records);
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
    if cardinality(v_admitted) > 0 then
      perform 1 from budgets where id in (select m.budget_id from unnest(v_unplaced) m) order by id for share nowait;
    end if;
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
  if cardinality(v_admitted) < cardinality(v_ids) and exists (
    select m.budget_id, m.period_start from unnest(ledger_late_moves(array(select unnest(v_ids) except select unnest(v_admitted)))) m
    except
    select m.budget_id, m.period_start from unnest(v_moves || v_late) m
  ) then
    raise exception 'a budget was replaced at this moment' using errcode = '40001';
  end if;

  if cardinality(v_admitted) < cardinality(v_ids) and exists (
    select 1 from gateway_usage_logs u
    where u.call_id = any (v_ids) and u.call_id <> all (v_admitted) and u.status = 'orphaned'
  ) then
    -- For roll_up_usage, until the transaction ends.
    perform set_config('catraca.has_late_truth', 'yes', true);
  end if;

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
    insert into gateway_usage_logs (call_id, client_id, request_id, conversation_id, phone, source, api_type, provider, model_name, via, requested_model,
      input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, units, latency_ms, first_token_ms,
      was_cached, was_fallback, fallback_reason, attempts, cost_usd, cost_brl, usd_brl_rate, rate_source, rate_at, price_id, status,
      error_code, flags, charges, created_at, saved_usd, saved_brl)
    select r.call_id, r.client_id, r.request_id, r.conversation_id, r.phone, r.source, r.api_type, r.provider, r.model_name, r.via, r.requested_model,
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
$_$;

CREATE FUNCTION public.ledger_succeed_budgets(p_retired uuid[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
  v_now timestamptz := ledger_now();
  v_new uuid[];
begin
  insert into budgets (id, client_id, budget_type, budget_limit, budget_period, alert_threshold_80, alert_threshold_90, alert_threshold_100,
    pause_at_limit, is_paused, plan_budget_id, raised_limit, raised_until, created_at)
  select s.id, s.client_id, s.budget_type, s.budget_limit, s.budget_period, s.alert_threshold_80, s.alert_threshold_90,
    s.alert_threshold_100, s.pause_at_limit, s.is_paused, s.plan_budget_id, s.raised_limit, s.raised_until, s.created_at
  from budgets o cross join lateral jsonb_populate_record(null::budgets, o.successor) s
  where o.id = any (p_retired);

  -- A plan's budget that does not count, because the client has its own, has nothing to begin with.
  v_new := array(
    select e.id from effective_budgets e where e.id in (select (o.successor ->> 'id')::uuid from budgets o where o.id = any (p_retired)));
  perform ledger_make_periods(array_agg(w.id order by w.id, w.at), array_agg(w.at order by w.id, w.at))
  from (
    select id, v_now as at from unnest(v_new) as id
    union
    select b.id, a.admitted_at
    from budgets b join call_admissions a on a.client_id = b.client_id
    where b.id = any (v_new) and a.admitted_at >= date_trunc('milliseconds', b.created_at)
  ) as w
  having count(*) > 0;

  with held as (
    insert into budget_holds (call_id, budget_id, period_start, amount, replica, expires_at)
    select a.call_id, b.id, budget_period_start(b.budget_period, c.time_zone, a.admitted_at),
      coalesce(ledger_bound_amount(a.bounds -> b.budget_type, a.output_tokens), 0), a.replica, a.expires_at
    from budgets b join clients c on c.id = b.client_id join call_admissions a on a.client_id = b.client_id
    where b.id = any (v_new) and a.admitted_at >= date_trunc('milliseconds', b.created_at)
    returning budget_id, period_start, amount
  ), reserved as (
    select budget_id, period_start, sum(amount) as amount from held group by 1, 2
  ), opened as (
    select p.budget_id, p.period_start, coalesce(max(l.id), 0) as upto,
      coalesce(sum(ledger_row_amount(b.budget_type, l.total_tokens, l.cost_usd, l.cost_brl)), 0) as amount
    from budgets b
    join budget_periods p on p.budget_id = b.id
    left join gateway_usage_logs l on l.client_id = b.client_id and l.created_at < p.period_end
      and l.created_at >= greatest(p.period_start, date_trunc('milliseconds', b.created_at))
    where b.id = any (v_new)
    group by 1, 2
  )
  update budget_periods p
  set opening = o.amount, opened_upto = o.upto, used = o.amount, reserved = coalesce(r.amount, 0)
  from opened o left join reserved r using (budget_id, period_start)
  where p.budget_id = o.budget_id and p.period_start = o.period_start;

  -- Orphans among these rows whose truth is known.
  with adjusted as (
    insert into budget_adjustments (call_id, budget_id, period_start, amount, reason, truth)
    select o.call_id, o.budget_id, o.period_start,
      ledger_row_amount(o.budget_type, t.total_tokens, t.cost_usd, t.cost_brl) - o.amount, a.reason, a.truth
    from ledger_opened_calls(v_new, null) o
    cross join lateral (select reason, truth from budget_adjustments where call_id = o.call_id order by id limit 1) a
    cross join lateral jsonb_populate_record(null::gateway_usage_logs, a.truth) t
    where o.status = 'orphaned'
    returning budget_id, period_start, amount
  )
  update budget_periods p set used = p.used + a.amount
  from (select budget_id, period_start, sum(amount) as amount from adjusted group by 1, 2) a
  where p.budget_id = a.budget_id and p.period_start = a.period_start;
end
$$;

CREATE FUNCTION public.ledger_without_erased(p_records jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  select jsonb_agg(case when exists (
      select 1 from erased_contacts e
      where e.hash = ledger_contact_hash(r ->> 'client_id', r ->> 'phone') and (r ->> 'created_at')::timestamptz <= e.erased_at
    ) then r - 'phone' - 'conversation_id' else r end order by position)
  from jsonb_array_elements(p_records) with ordinality as a (r, position)
$$;

CREATE FUNCTION public.notification_address_key(p_kind text, p_address text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select case p_kind when 'email' then lower(p_address) when 'whatsapp' then ltrim(p_address, '+') else p_address end $$;

CREATE FUNCTION public.notification_announce() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
  perform pg_notify('catraca_notification', '');
  return null;
end
$$;

CREATE FUNCTION public.notification_channels_of(p_alert_id uuid) RETURNS SETOF uuid
    LANGUAGE sql STABLE
    AS $$
  select c.id
  from alerts a join notification_channels c on c.client_id is null or c.client_id = a.client_id
  where a.id = p_alert_id and c.is_active
    and case
      when c.alert_kinds is not null then a.kind = any (c.alert_kinds)
      else c.client_id is null or a.kind in ('budget_threshold', 'budget_exceeded', 'handed_off')
    end
$$;

CREATE FUNCTION public.notification_follow_client() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
  v_kind text;
  v_address text;
  v_own uuid;
begin
  for v_kind, v_address in
    values ('email', new.notification_email), ('webhook', new.notification_webhook_url), ('whatsapp', new.notification_whatsapp)
  loop
    v_address := nullif(btrim(v_address), '');
    select id into v_own from notification_channels
    where client_id = new.id and kind = v_kind and not follows_client
      and notification_address_key(kind, address) = notification_address_key(v_kind, v_address);
    if v_address is null or v_own is not null then
      delete from notification_channels where client_id = new.id and kind = v_kind and follows_client;
    end if;
    if v_own is not null then
      update notification_channels set follows_client = true, address = v_address where id = v_own;
    elsif v_address is not null then
      insert into notification_channels as c (client_id, kind, address, follows_client) values (new.id, v_kind, v_address, true)
      on conflict (client_id, kind) where follows_client
      do update set address = excluded.address, failing_since = null, last_error = null, last_error_code = null
      where c.address <> excluded.address;
    end if;
  end loop;
  return null;
end
$$;

CREATE FUNCTION public.notification_undelivered(p_whatsapp_channel uuid, p_failures jsonb) RETURNS void
    LANGUAGE sql
    AS $$
  with told as (
    select d.id, d.channel_id, f.code, f.error
    from jsonb_to_recordset(p_failures) as f(delivery bigint, code integer, error text)
    join notification_deliveries d on d.id = f.delivery
  ), channels as (
    select n.id from notification_channels n
    where n.whatsapp_channel_id = p_whatsapp_channel and n.id in (select channel_id from told)
    order by n.id
    for no key update
  ), failed as (
    update notification_deliveries d
    set status = 'failed', response_code = t.code, error = t.error, error_code = 'meta_failed', claimed_until = null,
      attempted_at = coalesce(d.attempted_at, now())
    from told t join channels n on n.id = t.channel_id
    where d.id = t.id and d.status in ('pending', 'sent')
    returning d.id, d.channel_id, d.error
  )
  update notification_channels n
  set failing_since = coalesce(n.failing_since, now()), last_error = f.error, last_error_code = 'meta_failed'
  from failed f
  where n.id = f.channel_id
    and not exists (select 1 from notification_deliveries l where l.channel_id = n.id and l.status = 'sent' and l.id > f.id)
$$;

CREATE FUNCTION public.places_take(p_calls jsonb, p_over uuid[]) RETURNS jsonb
    LANGUAGE plpgsql
    SET lock_timeout TO '1300ms'
    AS $$
declare
  v_lock bigint;
  v_now timestamptz;
  v_call jsonb;
  v_reached jsonb;
  v_results jsonb := '[]';
begin
  delete from call_places where call_id = any (p_over);
  -- Who counts and who takes must be one after the other; in one order, so that two replicas never wait for each other in a ring.
  for v_lock in
    select distinct hashtextextended('catraca places ' || (cap ->> 'scope') || ' ' || (cap ->> 'id'), 0)
    from jsonb_array_elements(p_calls) as c(call) cross join lateral jsonb_array_elements(c.call -> 'caps') as k(cap)
    order by 1
  loop
    perform pg_advisory_xact_lock(v_lock);
  end loop;
  v_now := clock_timestamp();
  for v_call in select c from jsonb_array_elements(p_calls) with ordinality as a(c, position) order by position loop
    select jsonb_build_object('scope', k.scope, 'running', k.running, 'limit', k.most) into v_reached
    from (
      select x.scope, x.most, k.position,
        (select count(*) from call_places p where p.scope = x.scope and p.id = x.id and p.expires_at > v_now) as running
      from jsonb_array_elements(v_call -> 'caps') with ordinality as k(cap, position)
      cross join lateral jsonb_to_record(k.cap) as x(scope text, id uuid, most bigint)
    ) k
    where k.running >= k.most
    order by k.position limit 1;
    if v_reached is null then
      insert into call_places (call_id, scope, id, expires_at)
      select (v_call ->> 'call_id')::uuid, x.scope, x.id, v_now + make_interval(secs => (v_call ->> 'ttl_ms')::float8 / 1000)
      from jsonb_to_recordset(v_call -> 'caps') as x(scope text, id uuid);
    end if;
    v_results := v_results || jsonb_build_array(v_reached);
  end loop;
  return v_results;
end
$$;

CREATE FUNCTION public.rate_forget() RETURNS void
    LANGUAGE sql
    AS $$
  delete from rate_windows w
  using (
    select scope, id, unit from rate_windows where at_second < extract(epoch from clock_timestamp()) - 120 for update skip locked
  ) as unused
  where w.scope = unused.scope and w.id = unused.id and w.unit = unused.unit;
  delete from call_places p
  using (select call_id, scope from call_places where expires_at < clock_timestamp() order by call_id, scope for update skip locked) as gone
  where p.call_id = gone.call_id and p.scope = gone.scope;
$$;

CREATE FUNCTION public.rate_take(p_takes jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    AS $$
declare
  v_now_ms bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  v_second bigint;
  v_slots bigint[];
  v_used bigint;
  v_granted bigint;
  v_freed bigint;
  v_free_at bigint;
  v_newest bigint;
  v_take record;
  v_back record;
  v_results jsonb := '{}';
begin
  -- In one order, so that two replicas never wait for each other in a ring.
  for v_take in
    select t.position, x.* from jsonb_array_elements(p_takes) with ordinality as t(take, position)
    cross join lateral jsonb_to_record(t.take)
      as x(scope text, id uuid, unit text, "limit" bigint, want bigint, least bigint, debt bigint, returned jsonb)
    order by x.scope, x.id, x.unit
  loop
    insert into rate_windows (scope, id, unit, at_second, slots)
    values (v_take.scope, v_take.id, v_take.unit, v_now_ms / 1000, array_fill(0::bigint, array[60])) on conflict do nothing;
    select w.slots, w.at_second into v_slots, v_newest from rate_windows w
    where w.scope = v_take.scope and w.id = v_take.id and w.unit = v_take.unit for no key update;
    -- A clock that was set back must not count anything twice.
    v_second := greatest(v_now_ms / 1000, v_newest);
    for s in greatest(v_newest + 1, v_second - 59) .. v_second loop
      v_slots[s % 60 + 1] := 0;
    end loop;
    for v_back in select * from jsonb_to_recordset(v_take.returned) as r(second bigint, amount bigint) loop
      continue when v_back.second <= v_second - 60;
      v_slots[v_back.second % 60 + 1] := greatest(0, v_slots[v_back.second % 60 + 1] - v_back.amount);
    end loop;
    v_slots[v_second % 60 + 1] := v_slots[v_second % 60 + 1] + v_take.debt;

    v_used := (select sum(x) from unnest(v_slots) x);
    v_granted := least(v_take.want, v_take."limit" - v_used);
    v_free_at := null;
    v_newest := null;
    if v_granted < v_take.least or v_granted < 0 then
      v_granted := 0;
    end if;
    v_slots[v_second % 60 + 1] := v_slots[v_second % 60 + 1] + v_granted;
    v_freed := 0;
    for s in v_second - 59 .. v_second loop
      continue when v_slots[s % 60 + 1] = 0;
      v_freed := v_freed + v_slots[s % 60 + 1];
      v_newest := s;
      if v_free_at is null and v_used + v_granted - v_freed + v_take.least <= v_take."limit" then
        v_free_at := s;
      end if;
    end loop;
    update rate_windows w set slots = v_slots, at_second = v_second
    where w.scope = v_take.scope and w.id = v_take.id and w.unit = v_take.unit;
    v_results := v_results || jsonb_build_object(v_take.position::text, jsonb_build_object(
      'granted', v_granted, 'left', greatest(0, v_take."limit" - v_used - v_granted), 'second', v_second,
      'reset_ms', coalesce((v_newest + 60) * 1000 - v_now_ms, 0),
      'free_in_ms', case when v_take.least <= v_take."limit" then coalesce((v_free_at + 60) * 1000 - v_now_ms, 0) end));
  end loop;
  return (select jsonb_agg(v_results -> n::text order by n) from generate_series(1, jsonb_array_length(p_takes)) n);
end
$$;

CREATE FUNCTION public.rebuild_usage_day(p_day date) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.roll_up_late_truth() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.roll_up_usage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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
  if current_setting('catraca.has_late_truth', true) = 'yes' then
    lock table usage_rollups in share row exclusive mode;
  end if;
  if cardinality(v_deltas) > 0 then
    perform usage_add(v_deltas);
  end if;
  return null;
end
$$;

CREATE FUNCTION public.semantic_cache_nearest(p_client_id uuid, p_room_hash bytea, p_embedding real[], p_similarity double precision, p_max_age_ms double precision) RETURNS TABLE(sealed bytea, sealed_hash bytea, age_ms double precision, similarity double precision)
    LANGUAGE plpgsql STABLE
    AS $_$
declare
  v_schema text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector');
begin
  if v_schema is null then
    raise exception 'the extension vector (pgvector) is not installed in this database' using errcode = 'feature_not_supported';
  end if;
  return query execute format($query$
    select near.sealed, near.sealed_hash, (extract(epoch from now() - near.created_at) * 1000)::float8, near.similarity
    from (
      select c.*, (1 - (c.embedding::%1$I.vector operator(%1$I.<=>) $3::%1$I.vector))::float8 as similarity
      from (
        select r.sealed, r.sealed_hash, r.embedding, r.created_at
        from response_cache r
        where r.client_id = $1 and r.room_hash = $2 and r.created_at > now() - $5 * interval '1 ms'
        order by r.created_at desc
        limit 1000
      ) c
    ) near
    -- Not a number is greater than any: the upper end keeps it out.
    where near.similarity between $4 and 1.001
    order by near.similarity desc
    limit 1
  $query$, v_schema) using p_client_id, p_room_hash, p_embedding, p_similarity, p_max_age_ms;
end
$_$;

CREATE TABLE public.usage_rollups (
    client_id uuid NOT NULL,
    hour timestamp with time zone NOT NULL,
    provider text NOT NULL,
    model_name text NOT NULL,
    api_type text NOT NULL,
    calls bigint DEFAULT 0 NOT NULL,
    errors bigint DEFAULT 0 NOT NULL,
    cache_hits bigint DEFAULT 0 NOT NULL,
    orphaned bigint DEFAULT 0 NOT NULL,
    released bigint DEFAULT 0 NOT NULL,
    unpriced_usd bigint DEFAULT 0 NOT NULL,
    unpriced_brl bigint DEFAULT 0 NOT NULL,
    input_tokens bigint DEFAULT 0 NOT NULL,
    output_tokens bigint DEFAULT 0 NOT NULL,
    cached_tokens bigint DEFAULT 0 NOT NULL,
    cache_write_tokens bigint DEFAULT 0 NOT NULL,
    reasoning_tokens bigint DEFAULT 0 NOT NULL,
    total_tokens bigint DEFAULT 0 NOT NULL,
    cost_usd numeric(24,12) DEFAULT 0 NOT NULL,
    cost_brl numeric(24,12) DEFAULT 0 NOT NULL,
    latency_sketch integer[] DEFAULT '{}'::integer[] NOT NULL,
    saved_usd numeric(24,12) DEFAULT 0 NOT NULL,
    saved_brl numeric(24,12) DEFAULT 0 NOT NULL
)
WITH (fillfactor='80');

COMMENT ON TABLE public.usage_rollups IS 'rows of gateway_usage_logs by UTC hour, with what was told late put in the place of what had been charged';

COMMENT ON COLUMN public.usage_rollups.calls IS 'rows, also those of calls that came to nothing: what was released is among them';

COMMENT ON COLUMN public.usage_rollups.orphaned IS 'calls that still stand at their hold''s estimate';

COMMENT ON COLUMN public.usage_rollups.released IS 'orphans of which it was told late that they never came to pass: nothing of them counts but the call';

COMMENT ON COLUMN public.usage_rollups.unpriced_usd IS 'calls whose cost in dollars is not known, and so not in cost_usd';

CREATE FUNCTION public.usage_add(p_deltas public.usage_rollups[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.usage_latency_bucket(p_status text, p_was_cached boolean, p_latency_ms integer) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$ select case when p_status = 'ok' and not p_was_cached and p_latency_ms is not null then floor(ln(greatest(p_latency_ms, 1)) * 4 / ln(2::float8))::integer end $$;

CREATE FUNCTION public.usage_month_name(p_start timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select 'gateway_usage_logs_' || to_char(p_start at time zone 'UTC', 'YYYYMM') $$;

CREATE FUNCTION public.usage_recount(p_from timestamp with time zone, p_to timestamp with time zone) RETURNS SETOF public.usage_rollups
    LANGUAGE sql STABLE
    AS $$
  select f.client_id, date_trunc('hour', f.created_at, 'UTC'), f.provider, f.model_name, f.api_type, count(*), sum(f.errors), sum(f.cache_hits),
    sum(f.orphaned), sum(f.released), sum(f.unpriced_usd), sum(f.unpriced_brl), sum(f.input_tokens)::bigint, sum(f.output_tokens)::bigint,
    sum(f.cached_tokens)::bigint, sum(f.cache_write_tokens)::bigint, sum(f.reasoning_tokens)::bigint, sum(f.total_tokens)::bigint,
    sum(f.cost_usd)::numeric(24, 12), sum(f.cost_brl)::numeric(24, 12),
    usage_sketch_of(array_agg(f.latency_bucket)), sum(f.saved_usd)::numeric(24, 12), sum(f.saved_brl)::numeric(24, 12)
  from usage_facts f
  where f.created_at >= p_from and f.created_at < p_to
  group by 1, 2, 3, 4, 5
$$;

CREATE FUNCTION public.usage_sketch_add(p_sketch integer[], p_more integer[]) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
  for i in coalesce(array_lower(p_more, 1), 0) .. coalesce(array_upper(p_more, 1), -1) loop
    if p_more[i] <> 0 then
      p_sketch[i] := coalesce(p_sketch[i], 0) + p_more[i];
    end if;
  end loop;
  return p_sketch;
end
$$;

CREATE FUNCTION public.usage_sketch_of(p_buckets integer[]) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE
    AS $$
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

CREATE FUNCTION public.whatsapp_erase_contact(p_client uuid, p_phone text) RETURNS jsonb
    LANGUAGE plpgsql
    AS $_$
declare
  v_messages integer;
  v_conversations integer;
  v_calls integer;
  v_month regclass;
  v_rows integer;
begin
  -- First, because a change of budgets has the turn of changes when it waits for calls. Not for nothing: even a change of no row takes the turn.
  if exists (select 1 from whatsapp_channels where client_id = p_client and p_phone = any (admin_phones)) then
    update whatsapp_channels set admin_phones = array_remove(admin_phones, p_phone) where client_id = p_client and p_phone = any (admin_phones);
  end if;
  -- Calls under way, in the order in which they are settled.
  update call_admissions a set estimate = a.estimate - 'phone' - 'conversation_id'
  from (
    select call_id from call_admissions where client_id = p_client and estimate ->> 'phone' = p_phone order by call_id for update
  ) as theirs
  where a.call_id = theirs.call_id;
  -- From here on no batch books what it has not looked up here.
  perform pg_advisory_xact_lock(ledger_erasing_lock());
  insert into erased_contacts (hash, client_id, erased_at) values (ledger_contact_hash(p_client::text, p_phone), p_client, clock_timestamp())
  on conflict (hash) do update set erased_at = excluded.erased_at;
  select count(*) into v_messages
  from messages m join conversations c on c.id = m.conversation_id where c.client_id = p_client and c.phone = p_phone;
  update gateway_usage_logs set phone = null, conversation_id = null where client_id = p_client and phone = p_phone;
  get diagnostics v_calls = row_count;
  for v_month in
    select c.oid from pg_class c
    where c.relnamespace = 'catraca_archive'::regnamespace and c.relkind = 'r' and c.relname like 'gateway\_usage\_logs\_%'
  loop
    execute format('update %s set phone = null, conversation_id = null where client_id = $1 and phone = $2', v_month) using p_client, p_phone;
    get diagnostics v_rows = row_count;
    v_calls := v_calls + v_rows;
  end loop;
  update budget_adjustments set truth = truth - 'phone' - 'conversation_id'
  where truth ->> 'client_id' = p_client::text and truth ->> 'phone' = p_phone;
  update usage_dead_letters set record = record - 'phone' - 'conversation_id'
  where record ->> 'client_id' = p_client::text and record ->> 'phone' = p_phone;
  delete from conversations where client_id = p_client and phone = p_phone;
  get diagnostics v_conversations = row_count;
  return jsonb_build_object('conversations', v_conversations, 'messages', v_messages, 'calls', v_calls);
end
$_$;

CREATE FUNCTION public.whatsapp_export_contact(p_client uuid, p_phone text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
  select jsonb_build_object(
    'phone', p_phone,
    'conversations', coalesce((
      select jsonb_agg(jsonb_build_object('id', c.id, 'status', c.status, 'created_at', c.created_at, 'last_message_at', c.last_message_at,
        'messages', coalesce((
          select jsonb_agg(jsonb_build_object('direction', m.direction, 'kind', m.kind, 'body', m.body, 'media', m.media, 'details', m.details,
            'status', m.status, 'wamid', m.wamid, 'sent_at', m.sent_at, 'created_at', m.created_at) order by m.seq)
          from messages m where m.conversation_id = c.id), '[]')) order by c.created_at)
      from conversations c where c.client_id = p_client and c.phone = p_phone), '[]'),
    'calls', coalesce((
      select jsonb_agg(jsonb_build_object('call_id', l.call_id, 'created_at', l.created_at, 'model', l.model_name, 'kind', l.api_type,
        'total_tokens', l.total_tokens) order by l.created_at)
      from gateway_usage_logs l where l.client_id = p_client and l.phone = p_phone), '[]'))
$$;

CREATE FUNCTION public.whatsapp_forget_old() RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  v_messages integer;
begin
  delete from messages where id in (
    select m.id from messages m join clients c on c.id = m.client_id
    where m.created_at < now() - make_interval(days => c.message_retention_days)
    for update of m skip locked);
  get diagnostics v_messages = row_count;
  delete from whatsapp_answers where id in (
    select a.id from whatsapp_answers a join clients c on c.id = a.client_id
    where a.created_at < now() - make_interval(days => c.message_retention_days) and a.state not in ('asking', 'sending')
      and not exists (select 1 from messages m where m.answer_id = a.id)
    for update of a skip locked);
  delete from conversations where id in (
    select v.id from conversations v join clients c on c.id = v.client_id
    where v.last_message_at < now() - make_interval(days => c.message_retention_days)
      and not exists (select 1 from messages m where m.conversation_id = v.id)
    for update of v skip locked);
  delete from erased_contacts where erased_at < now() - interval '90 days';
  return v_messages;
end
$$;

CREATE FUNCTION public.whatsapp_hurry(p_channel uuid, p_phones text[]) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
  v_waiting record;
begin
  -- In the order in which whatsapp_receive takes them.
  for v_waiting in
    select c.id, h.is_simulated, h.reply_pause_ms
    from conversations c join whatsapp_channels h on h.id = c.channel_id
    where c.channel_id = p_channel and c.phone = any (p_phones) and c.status = 'bot'
      and exists (select 1 from messages where conversation_id = c.id and needs_answer)
    order by c.phone
  loop
    update whatsapp_answers set retry_at = null where conversation_id = v_waiting.id and state in ('asking', 'sending') and retry_at is not null;
    if found then
      perform whatsapp_queue_answer(v_waiting.id, v_waiting.is_simulated, v_waiting.reply_pause_ms);
    end if;
  end loop;
end
$$;

CREATE FUNCTION public.whatsapp_join_answer(p_answer uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
  v_conversation uuid;
begin
  select conversation_id into v_conversation from whatsapp_answers where id = p_answer;
  -- First, as everywhere.
  perform 1 from conversations where id = v_conversation for no key update;
  update whatsapp_answers set hands_off = true, tries = 0, retry_at = null where id = p_answer and state = 'asking';
  if not found then
    return false;
  end if;
  update messages set answer_id = p_answer, needs_answer = false where conversation_id = v_conversation and needs_answer;
  return true;
end
$$;

CREATE TABLE public.whatsapp_answers (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    state text DEFAULT 'asking'::text NOT NULL,
    attempt integer DEFAULT 1 NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    prompt jsonb,
    call_id uuid,
    total_tokens bigint DEFAULT 0 NOT NULL,
    error_code text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    hands_off boolean DEFAULT false NOT NULL,
    retry_at timestamp with time zone,
    CONSTRAINT whatsapp_answers_state_check CHECK ((state = ANY (ARRAY['asking'::text, 'sending'::text, 'done'::text, 'refused'::text, 'failed'::text, 'dropped'::text])))
);

CREATE FUNCTION public.whatsapp_open_answer(p_conversation uuid, p_pause_ms integer) RETURNS SETOF public.whatsapp_answers
    LANGUAGE plpgsql
    AS $$
declare
  v_conversation conversations;
  v_answer whatsapp_answers;
begin
  select * into v_conversation from conversations where id = p_conversation for no key update;
  if not found then
    return;
  end if;
  if v_conversation.status = 'human' then
    update whatsapp_answers set state = 'dropped', prompt = null where conversation_id = p_conversation and state in ('asking', 'sending');
    update messages set needs_answer = false where conversation_id = p_conversation and needs_answer;
    return;
  end if;
  select * into v_answer from whatsapp_answers where conversation_id = p_conversation and state in ('asking', 'sending');
  if not found then
    if not exists (
      select 1 from messages where conversation_id = p_conversation and needs_answer
      having max(created_at) + make_interval(secs => p_pause_ms / 1000.0) <= now()
        or min(created_at) + make_interval(secs => p_pause_ms / 200.0) <= now()
    ) then
      return;
    end if;
    insert into whatsapp_answers (client_id, conversation_id) values (v_conversation.client_id, p_conversation) returning * into v_answer;
    update messages set answer_id = v_answer.id, needs_answer = false where conversation_id = p_conversation and needs_answer;
  end if;
  return next v_answer;
end
$$;

CREATE FUNCTION public.whatsapp_queue_answer(p_conversation uuid, p_is_simulated boolean, p_pause_ms integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
  perform graphile_worker.add_job(
    case when p_is_simulated then 'whatsapp_answer_simulated' else 'whatsapp_answer' end,
    json_build_object('conversation_id', p_conversation),
    queue_name => 'whatsapp:' || p_conversation,
    run_at => greatest(
      least(
        now() + make_interval(secs => p_pause_ms / 1000.0),
        (select min(created_at) from messages where conversation_id = p_conversation and needs_answer) + make_interval(secs => p_pause_ms / 200.0)
      ),
      (select retry_at from whatsapp_answers where conversation_id = p_conversation and state in ('asking', 'sending'))
    ),
    job_key => 'whatsapp:' || p_conversation,
    priority => 10,
    flags => (select array['client:' || client_id] from conversations where id = p_conversation)
  );
end
$$;

CREATE FUNCTION public.whatsapp_receive(p_channel uuid, p_messages jsonb, p_statuses jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  v_channel whatsapp_channels;
  v_contact record;
  v_conversation conversations;
  v_added integer;
  v_wants boolean;
  v_total integer := 0;
  v_status record;
begin
  -- Who deletes the channel waits, or is waited for, before any conversation is locked.
  select * into v_channel from whatsapp_channels where id = p_channel and is_active for key share;
  if not found then
    return null;
  end if;
  -- And who erases a contact of whom there are statuses.
  perform 1 from conversations c
  where c.channel_id = p_channel and c.id in (
    select m.conversation_id from jsonb_to_recordset(p_statuses) as s(wamid text) join messages m on m.wamid = s.wamid
    union all
    select m.conversation_id from jsonb_to_recordset(p_statuses) as s(message_id uuid) join messages m on m.id = s.message_id)
  order by c.phone
  for key share;
  -- In the order of phones, so that two deliveries never wait for one another.
  for v_contact in
    select m ->> 'phone' as phone, jsonb_agg(m order by n) as messages, max(least((m ->> 'sent_at')::timestamptz, now())) as sent_at
    from jsonb_array_elements(p_messages) with ordinality as given(m, n)
    group by 1
    order by 1
  loop
    insert into conversations (client_id, channel_id, phone, last_message_at, last_inbound_at)
    values (v_channel.client_id, v_channel.id, v_contact.phone, v_contact.sent_at, v_contact.sent_at)
    on conflict (channel_id, phone) do update set
      last_message_at = greatest(conversations.last_message_at, excluded.last_message_at),
      last_inbound_at = greatest(conversations.last_inbound_at, excluded.last_inbound_at)
    returning * into v_conversation;
    with added as (
      insert into messages (client_id, conversation_id, wamid, direction, kind, body, sent_at, needs_answer, reply_to, media, details)
      select v_channel.client_id, v_conversation.id, m.wamid, 'in', m.kind, m.body, least(m.sent_at, now()),
        m.needs_answer and v_conversation.status = 'bot', m.reply_to, m.media, m.details
      from jsonb_array_elements(v_contact.messages) with ordinality as given(message, n)
      cross join jsonb_to_record(message) as m(wamid text, kind text, body text, sent_at timestamptz, needs_answer boolean, reply_to text,
        media jsonb, details jsonb)
      order by m.sent_at, n
      on conflict (wamid) do nothing
      returning messages.needs_answer
    )
    select count(*), bool_or(needs_answer) into v_added, v_wants from added;
    v_total := v_total + v_added;
    if v_wants then
      perform whatsapp_queue_answer(v_conversation.id, v_channel.is_simulated, v_channel.reply_pause_ms);
    end if;
  end loop;
  for v_status in
    select s.* from jsonb_to_recordset(p_statuses) as s(wamid text, message_id uuid, status text, at timestamptz, error jsonb)
    order by coalesce(s.message_id::text, ''), s.wamid, whatsapp_status_rank(s.status)
  loop
    update messages m set
      status = v_status.status, status_at = v_status.at, error = coalesce(v_status.error, m.error), wamid = coalesce(m.wamid, v_status.wamid)
    from conversations c
    -- The status may be here before the answer to our own request was: then it is known by the id that we gave along.
    where c.id = m.conversation_id and c.channel_id = p_channel and m.direction = 'out'
      and (m.wamid = v_status.wamid or (m.wamid is null and m.id = v_status.message_id))
      and whatsapp_status_rank(v_status.status) > whatsapp_status_rank(m.status);
  end loop;
  return v_total;
end
$$;

CREATE FUNCTION public.whatsapp_rescue(p_lease_ms double precision) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
  v_dead text[];
begin
  select array_agg(distinct j.locked_by) into v_dead
  from graphile_worker.jobs j
  left join conversations c on j.queue_name = 'whatsapp:' || c.id
  where j.task_identifier in ('whatsapp_answer', 'whatsapp_answer_simulated')
    and j.locked_at < now() - make_interval(secs => p_lease_ms / 1000)
    -- Between a lease's end and its job's a process is alive: as much is left to it.
    and (c.leased_until is null or c.leased_until < now() - make_interval(secs => least(p_lease_ms, 5000) / 1000));
  if v_dead is null then
    return 0;
  end if;
  perform graphile_worker.force_unlock_workers(v_dead);
  return cardinality(v_dead);
end
$$;

CREATE FUNCTION public.whatsapp_status_rank(p_status text) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$ select coalesce(array_position(array['pending', 'sending', 'sent', 'failed', 'delivered', 'read'], p_status), 0) $$;

CREATE FUNCTION vault.create_secret(new_secret text, new_name text DEFAULT NULL::text, new_description text DEFAULT ''::text, new_key_id uuid DEFAULT NULL::uuid) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  declare
    stored_id uuid;
  begin
    perform vault.hush_log();
    if new_name is not null then
      perform pg_advisory_xact_lock(hashtextextended('catraca vault name ' || new_name, 0));
      update vault.secrets set secret = new_secret, description = coalesce(nullif(new_description, ''), description)
      where name = new_name
      returning id into stored_id;
      if found then
        return stored_id;
      end if;
    end if;
    insert into vault.secrets (secret, name, description) values (new_secret, new_name, coalesce(new_description, ''))
    returning id into stored_id;
    return stored_id;
  end
  $$;

CREATE FUNCTION vault.hush_log() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    select set_config(parameter, value, true)
    from (values
      ('log_min_error_statement', 'panic'), ('log_statement', 'none'), ('log_min_duration_statement', '-1'),
      ('log_parameter_max_length', '0'), ('log_parameter_max_length_on_error', '0')
    ) as quiet (parameter, value)
    where has_parameter_privilege(parameter, 'set')
  $$;

CREATE FUNCTION vault.notify_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  begin
    update public.catraca_changes set version = version + 1;
    perform pg_notify('catraca_changed', 'vault');
    return null;
  end
  $$;

CREATE FUNCTION vault.require_unsealed() RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  begin
    if coalesce(current_setting('catraca.unsealed_secrets', true), '') = '' then
      raise exception 'vault is sealed: no key is kept in the database, so read decrypted values in a session opened by "npx catraca sql"'
        using errcode = 'object_not_in_prerequisite_state';
    end if;
    return true;
  end
  $$;

CREATE FUNCTION vault.seal_secret() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    declare
      current_key record;
      sealed_by text;
    begin
      perform vault.hush_log();
      if tg_op = 'UPDATE' and new.secret is not distinct from old.secret then
        new.key_id := old.key_id;
        if (new.name, new.description) is distinct from (old.name, old.description) then
          new.updated_at := clock_timestamp();
        end if;
        return new;
      end if;
      if coalesce(new.secret, '') = '' then
        raise exception 'vault: a secret cannot be empty' using errcode = 'invalid_parameter_value';
      end if;
      -- FOR SHARE: a rotation of the master key either sees this row or makes this statement use the new key.
      select s.key_id, s.public_key into current_key from public.vault_key_state s for share;
      if not found then
        raise exception 'vault has no public key yet: run "npx catraca migrate" or "npm run up" once, then store the secret again'
          using errcode = 'object_not_in_prerequisite_state';
      end if;
      sealed_by := substring(new.secret from '^catraca-(?:envelope|pgp)-1:([0-9a-f-]{36}):');
      if sealed_by is null then
        new.secret := 'catraca-pgp-1:' || current_key.key_id || ':' || translate(encode(
          public.pgp_pub_encrypt_bytea(convert_to(new.id || ':' || new.secret, 'UTF8'), current_key.public_key,
            'cipher-algo=aes256, compress-algo=0'), 'base64'), E'\n', '');
        if tg_op = 'UPDATE' then
          new.updated_at := clock_timestamp();
        end if;
      elsif sealed_by <> current_key.key_id::text then
        raise exception 'vault: this value is sealed with master key %, and the current one is %', sealed_by, current_key.key_id
          using errcode = 'object_not_in_prerequisite_state';
      end if;
      new.key_id := current_key.key_id;
      return new;
    end
    $$;

CREATE FUNCTION vault.unseal(opened text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  begin
    perform vault.hush_log();
    begin
      if jsonb_typeof(opened::jsonb) = 'object' then
        perform set_config('catraca.unsealed_secrets', opened, true);
        return;
      end if;
    exception when others then
      null; -- The JSON parser's words quote the argument, which may be a key typed by mistake.
    end;
    raise exception 'vault.unseal takes what "npx catraca sql" opened, never a key' using errcode = 'invalid_parameter_value';
  end
  $$;

CREATE FUNCTION vault.unsealed_value(secret_id uuid, secret_name text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  declare
    opened jsonb := current_setting('catraca.unsealed_secrets')::jsonb;
  begin
    if not opened ? secret_id::text then
      raise exception 'vault is sealed: secret % was stored after this transaction was unsealed, so read it in the next one', secret_id
        using errcode = 'object_not_in_prerequisite_state';
    end if;
    if opened ->> secret_id::text is null then
      raise exception 'Failed to decrypt key: %', coalesce(secret_name, secret_id::text) using errcode = 'data_exception';
    end if;
    return opened ->> secret_id::text;
  end
  $$;

CREATE FUNCTION vault.update_secret(secret_id uuid, new_secret text DEFAULT NULL::text, new_name text DEFAULT NULL::text, new_description text DEFAULT NULL::text, new_key_id uuid DEFAULT NULL::uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
  begin
    perform vault.hush_log();
    update vault.secrets
    set secret = coalesce(new_secret, secret), name = coalesce(new_name, name), description = coalesce(new_description, description)
    where id = secret_id;
    if not found then
      raise exception 'vault has no secret with id %', secret_id using errcode = 'no_data_found';
    end if;
  end
  $$;

CREATE AGGREGATE public.usage_sketch_sum(integer[]) (
    SFUNC = public.usage_sketch_add,
    STYPE = integer[],
    INITCOND = '{}'
);

CREATE TABLE public.ai_models_registry (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    provider text NOT NULL,
    model_name text NOT NULL,
    gateway_identifier text NOT NULL,
    creator text NOT NULL,
    vercel_identifier text,
    api_type text NOT NULL,
    capabilities jsonb DEFAULT '{}'::jsonb NOT NULL,
    context_window integer,
    max_output_tokens integer,
    default_max_output_tokens integer DEFAULT 4096 NOT NULL,
    input_price_per_million numeric,
    output_price_per_million numeric,
    cached_input_price_per_million numeric,
    cache_write_price_per_million numeric,
    cache_write_1h_price_per_million numeric,
    price_per_audio_minute numeric,
    price_per_character numeric,
    price_per_image numeric,
    minimum_audio_seconds integer DEFAULT 0 NOT NULL,
    price_tiers jsonb DEFAULT '[]'::jsonb NOT NULL,
    price_id uuid NOT NULL,
    price_source text DEFAULT 'operator'::text NOT NULL,
    price_reference text,
    valid_from timestamp with time zone DEFAULT now() NOT NULL,
    valid_to timestamp with time zone,
    is_active boolean DEFAULT true NOT NULL,
    aliases text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ai_models_registry_api_type_check CHECK ((api_type = ANY (ARRAY['chat'::text, 'embeddings'::text, 'transcription'::text, 'speech'::text, 'image'::text, 'moderation'::text]))),
    CONSTRAINT ai_models_registry_capabilities_check CHECK ((jsonb_typeof(capabilities) = 'object'::text)),
    CONSTRAINT ai_models_registry_context_window_check CHECK ((context_window > 0)),
    CONSTRAINT ai_models_registry_default_max_output_tokens_check CHECK ((default_max_output_tokens > 0)),
    CONSTRAINT ai_models_registry_gateway_identifier_check CHECK ((gateway_identifier ~ '^\S+/\S+$'::text)),
    CONSTRAINT ai_models_registry_max_output_tokens_check CHECK ((max_output_tokens > 0)),
    CONSTRAINT ai_models_registry_minimum_audio_seconds_check CHECK (((minimum_audio_seconds >= 0) AND (minimum_audio_seconds <= 3600))),
    CONSTRAINT ai_models_registry_model_name_check CHECK ((model_name ~ '^\S+$'::text)),
    CONSTRAINT ai_models_registry_price_source_check CHECK ((price_source = ANY (ARRAY['catalogue'::text, 'operator'::text]))),
    CONSTRAINT ai_models_registry_price_tiers CHECK (((jsonb_typeof(price_tiers) = 'array'::text) AND (NOT jsonb_path_exists(price_tiers, '$[*]?(!(exists (@."above_input_tokens"?(@ > 0))))'::jsonpath)) AND (NOT jsonb_path_exists(price_tiers, '$[*].keyvalue()?(@."key" != "above_input_tokens" && (@."value".type() != "string" || !(@."value" like_regex "^[0-9]{1,6}([.][0-9]{1,9})?$")))'::jsonpath)))),
    CONSTRAINT ai_models_registry_priced CHECK (
CASE api_type
    WHEN 'chat'::text THEN ((input_price_per_million IS NOT NULL) AND (output_price_per_million IS NOT NULL))
    WHEN 'embeddings'::text THEN (input_price_per_million IS NOT NULL)
    WHEN 'transcription'::text THEN ((input_price_per_million IS NOT NULL) OR (price_per_audio_minute IS NOT NULL))
    WHEN 'speech'::text THEN ((input_price_per_million IS NOT NULL) OR (price_per_character IS NOT NULL))
    WHEN 'moderation'::text THEN (input_price_per_million IS NOT NULL)
    ELSE ((output_price_per_million IS NOT NULL) OR (price_per_image IS NOT NULL))
END),
    CONSTRAINT ai_models_registry_prices_not_negative CHECK ((((input_price_per_million >= (0)::numeric) AND (input_price_per_million <= (1000000)::numeric)) AND ((output_price_per_million >= (0)::numeric) AND (output_price_per_million <= (1000000)::numeric)) AND ((cached_input_price_per_million >= (0)::numeric) AND (cached_input_price_per_million <= (1000000)::numeric)) AND ((cache_write_price_per_million >= (0)::numeric) AND (cache_write_price_per_million <= (1000000)::numeric)) AND ((cache_write_1h_price_per_million >= (0)::numeric) AND (cache_write_1h_price_per_million <= (1000000)::numeric)) AND ((price_per_audio_minute >= (0)::numeric) AND (price_per_audio_minute <= (1000000)::numeric)) AND ((price_per_character >= (0)::numeric) AND (price_per_character <= (1000000)::numeric)) AND ((price_per_image >= (0)::numeric) AND (price_per_image <= (1000000)::numeric)))),
    CONSTRAINT ai_models_registry_prices_not_too_fine CHECK (((input_price_per_million = round(input_price_per_million, 9)) AND (output_price_per_million = round(output_price_per_million, 9)) AND (cached_input_price_per_million = round(cached_input_price_per_million, 9)) AND (cache_write_price_per_million = round(cache_write_price_per_million, 9)) AND (cache_write_1h_price_per_million = round(cache_write_1h_price_per_million, 9)) AND (price_per_audio_minute = round(price_per_audio_minute, 15)) AND (price_per_character = round(price_per_character, 15)) AND (price_per_image = round(price_per_image, 15)))),
    CONSTRAINT ai_models_registry_provider_check CHECK ((provider ~ '^[a-z0-9][a-z0-9_-]*$'::text)),
    CONSTRAINT ai_models_registry_validity CHECK ((valid_to > valid_from)),
    CONSTRAINT ai_models_registry_vercel_identifier_check CHECK ((vercel_identifier ~ '^\S+/\S+$'::text))
);

COMMENT ON TABLE public.ai_models_registry IS 'Models that can be called, with their current prices in US dollars. A changed price takes effect at once and is kept in model_prices.';

CREATE TABLE public.alerts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    client_id uuid,
    budget_id uuid,
    period_start timestamp with time zone,
    threshold smallint,
    used bigint,
    "limit" bigint,
    details jsonb DEFAULT '{}'::jsonb NOT NULL,
    dedupe_key text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    queued_at timestamp with time zone,
    delivered_at timestamp with time zone,
    CONSTRAINT alerts_check CHECK (((kind = 'budget_threshold'::text) = (threshold IS NOT NULL))),
    CONSTRAINT alerts_check1 CHECK (((kind <> ALL (ARRAY['budget_threshold'::text, 'budget_exceeded'::text])) OR ((client_id IS NOT NULL) AND (budget_id IS NOT NULL) AND (period_start IS NOT NULL) AND (used IS NOT NULL) AND ("limit" IS NOT NULL)))),
    CONSTRAINT alerts_handed_off CHECK (((kind <> 'handed_off'::text) OR (client_id IS NOT NULL))),
    CONSTRAINT alerts_kind_check CHECK ((kind = ANY (ARRAY['budget_threshold'::text, 'budget_exceeded'::text, 'handed_off'::text, 'orphaned_calls'::text, 'unpriced_model'::text, 'stale_exchange_rate'::text, 'dead_letter'::text]))),
    CONSTRAINT alerts_threshold_check CHECK ((threshold = ANY (ARRAY[80, 90, 100])))
);

COMMENT ON COLUMN public.alerts.dedupe_key IS 'what it is about: the kind and, by kind, budget, period, threshold, client, hour, model or day';

CREATE TABLE public.archived_usage_months (
    month_start timestamp with time zone NOT NULL,
    month_end timestamp with time zone NOT NULL,
    archived_at timestamp with time zone DEFAULT now() NOT NULL,
    dropped_at timestamp with time zone
);

CREATE TABLE public.audit_log (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    table_name text NOT NULL,
    row_id text NOT NULL,
    before jsonb,
    after jsonb
);

ALTER TABLE public.audit_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_accounts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    account_id text NOT NULL,
    provider_id text NOT NULL,
    password text,
    access_token text,
    refresh_token text,
    id_token text,
    access_token_expires_at timestamp with time zone,
    refresh_token_expires_at timestamp with time zone,
    scope text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.auth_invitations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    hash bytea NOT NULL,
    email text,
    role text NOT NULL,
    client_id uuid,
    invited_by text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT email_is_lower_case CHECK (((email = lower(email)) AND (email ~~ '%_@_%'::text))),
    CONSTRAINT only_client_users_have_a_client CHECK (((role = 'client'::text) = (client_id IS NOT NULL))),
    CONSTRAINT role_is_known CHECK ((role = ANY (ARRAY['admin'::text, 'viewer'::text, 'client'::text]))),
    CONSTRAINT set_up_makes_an_admin CHECK (((email IS NOT NULL) OR (role = 'admin'::text)))
);

CREATE TABLE public.auth_rate_limits (
    key text NOT NULL,
    tries timestamp with time zone[] NOT NULL,
    last_try_at timestamp with time zone NOT NULL
);

CREATE TABLE public.auth_sessions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    token text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ip_address text,
    user_agent text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.auth_two_factors (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    secret text NOT NULL,
    backup_codes text NOT NULL,
    verified boolean DEFAULT true,
    failed_verification_count integer DEFAULT 0,
    locked_until timestamp with time zone
);

CREATE TABLE public.auth_users (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    email_verified boolean DEFAULT false NOT NULL,
    image text,
    role text NOT NULL,
    client_id uuid,
    two_factor_enabled boolean DEFAULT false NOT NULL,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT email_is_lower_case CHECK (((email = lower(email)) AND (email ~~ '%_@_%'::text))),
    CONSTRAINT name_is_said CHECK (((TRIM(BOTH FROM name) <> ''::text) AND (length(name) <= 200))),
    CONSTRAINT only_client_users_have_a_client CHECK (((role = 'client'::text) = (client_id IS NOT NULL))),
    CONSTRAINT role_is_known CHECK ((role = ANY (ARRAY['admin'::text, 'viewer'::text, 'client'::text])))
);

CREATE TABLE public.auth_verifications (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    identifier text NOT NULL,
    value text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.budget_adjustments (
    id bigint NOT NULL,
    call_id uuid NOT NULL,
    budget_id uuid,
    period_start timestamp with time zone,
    amount bigint NOT NULL,
    reason text NOT NULL,
    truth jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.budget_adjustments IS 'append-only: the difference between an estimate that was charged and the truth that came later';

ALTER TABLE public.budget_adjustments ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.budget_adjustments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW public.budget_alerts WITH (security_invoker='true') AS
 SELECT alerts.id,
    alerts.client_id,
    alerts.budget_id,
    alerts.period_start,
    alerts.threshold,
    alerts.used,
    alerts."limit",
    alerts.created_at
   FROM public.alerts
  WHERE (alerts.kind = 'budget_threshold'::text);

CREATE TABLE public.budget_holds (
    call_id uuid NOT NULL,
    budget_id uuid NOT NULL,
    period_start timestamp with time zone NOT NULL,
    amount bigint NOT NULL,
    replica text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT budget_holds_amount_check CHECK ((amount >= 0))
);

CREATE TABLE public.budgets (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    budget_type text NOT NULL,
    budget_limit numeric NOT NULL,
    budget_period text NOT NULL,
    alert_threshold_80 boolean DEFAULT true NOT NULL,
    alert_threshold_90 boolean DEFAULT true NOT NULL,
    alert_threshold_100 boolean DEFAULT true NOT NULL,
    pause_at_limit boolean DEFAULT false NOT NULL,
    is_paused boolean DEFAULT false NOT NULL,
    plan_budget_id uuid,
    limit_amount bigint GENERATED ALWAYS AS (
CASE budget_type
    WHEN 'tokens'::text THEN floor(budget_limit)
    ELSE floor((budget_limit * (1000000000)::numeric))
END) STORED NOT NULL,
    created_at timestamp with time zone DEFAULT public.ledger_now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    retired_at timestamp with time zone,
    successor jsonb,
    raised_limit numeric,
    raised_until timestamp with time zone,
    raised_amount bigint GENERATED ALWAYS AS (
CASE budget_type
    WHEN 'tokens'::text THEN floor(raised_limit)
    ELSE floor((raised_limit * (1000000000)::numeric))
END) STORED,
    origin_id uuid GENERATED ALWAYS AS (
CASE
    WHEN (retired_at IS NULL) THEN plan_budget_id
    ELSE id
END) STORED,
    CONSTRAINT budget_limit_is_positive CHECK (((budget_limit > (0)::numeric) AND (budget_limit < ('9000000000'::bigint)::numeric))),
    CONSTRAINT budgets_budget_period_check CHECK ((budget_period = ANY (ARRAY['daily'::text, 'weekly'::text, 'monthly'::text]))),
    CONSTRAINT budgets_budget_type_check CHECK ((budget_type = ANY (ARRAY['tokens'::text, 'brl'::text, 'usd'::text]))),
    CONSTRAINT raise_has_limit_and_end CHECK (((raised_limit IS NULL) = (raised_until IS NULL))),
    CONSTRAINT raised_limit_is_positive CHECK (((raised_limit > (0)::numeric) AND (raised_limit < ('9000000000'::bigint)::numeric)))
);

CREATE TABLE public.call_admissions (
    call_id uuid NOT NULL,
    client_id uuid NOT NULL,
    replica text NOT NULL,
    admitted_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    bounds jsonb NOT NULL,
    output_tokens bigint NOT NULL,
    estimate jsonb NOT NULL
);

COMMENT ON TABLE public.call_admissions IS 'one row a call in flight, also for clients without a budget, so that a crash loses none';

CREATE TABLE public.call_places (
    call_id uuid NOT NULL,
    scope text NOT NULL,
    id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT call_places_scope_check CHECK ((scope = ANY (ARRAY['key'::text, 'client'::text, 'shared'::text])))
);

COMMENT ON TABLE public.call_places IS 'one row for each cap that a call under way counts against; calls without a cap have none';

CREATE TABLE public.catraca_changes (
    only_row boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT catraca_changes_only_row_check CHECK (only_row)
);

CREATE TABLE public.catraca_migrations (
    version text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    is_additive boolean DEFAULT false NOT NULL,
    CONSTRAINT catraca_migrations_version_check CHECK ((version ~ '^[0-9]{14}$'::text))
);

CREATE TABLE public.client_api_keys (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL,
    allowed_models text[],
    requests_per_minute integer,
    tokens_per_minute integer,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    max_concurrent_calls integer,
    CONSTRAINT client_api_keys_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT client_api_keys_name_check CHECK ((name <> ''::text)),
    CONSTRAINT client_api_keys_requests_per_minute_check CHECK ((requests_per_minute > 0)),
    CONSTRAINT client_api_keys_tokens_per_minute_check CHECK ((tokens_per_minute > 0)),
    CONSTRAINT max_concurrent_calls_is_positive CHECK ((max_concurrent_calls > 0))
);

COMMENT ON COLUMN public.client_api_keys.hash IS 'SHA-256 of the whole key, which holds 256 random bits';

CREATE VIEW public.client_budgets WITH (security_invoker='true') AS
 SELECT b.id,
    b.client_id,
    b.budget_type,
    b.budget_limit,
    b.budget_period,
    b.alert_threshold_80,
    b.alert_threshold_90,
    b.alert_threshold_100,
    b.pause_at_limit,
    b.is_paused,
    public.budget_current_usage(b.id, b.budget_type, b.budget_period, b.client_id) AS current_usage,
    round(((public.budget_current_usage(b.id, b.budget_type, b.budget_period, b.client_id) /
        CASE
            WHEN (b.raised_until > public.ledger_now()) THEN GREATEST(b.budget_limit, b.raised_limit)
            ELSE b.budget_limit
        END) * (100)::numeric), 2) AS usage_percentage,
    b.origin_id AS plan_budget_id,
    b.created_at,
    b.updated_at,
    b.raised_limit,
    b.raised_until
   FROM public.budgets b
  WHERE ((b.retired_at IS NULL) AND ((b.plan_budget_id IS NULL) OR (NOT (EXISTS ( SELECT 1
           FROM public.budgets own
          WHERE ((own.client_id = b.client_id) AND (own.origin_id IS NULL)))))));

CREATE TABLE public.client_guardrails (
    client_id uuid NOT NULL,
    mask_pii text[] DEFAULT '{}'::text[] NOT NULL,
    max_input_tokens integer,
    allowed_models text[],
    blocked_terms text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    moderation_model text,
    moderation_categories text[],
    moderation_fails text DEFAULT 'closed'::text NOT NULL,
    CONSTRAINT mask_pii_is_known CHECK ((mask_pii <@ ARRAY['cpf'::text, 'cnpj'::text, 'card'::text, 'phone'::text])),
    CONSTRAINT max_input_tokens_is_positive CHECK ((max_input_tokens > 0)),
    CONSTRAINT moderation_categories_are_some CHECK ((cardinality(moderation_categories) > 0)),
    CONSTRAINT moderation_fails_is_known CHECK ((moderation_fails = ANY (ARRAY['open'::text, 'closed'::text])))
);

CREATE TABLE public.client_semantic_cache (
    client_id uuid NOT NULL,
    model text NOT NULL,
    similarity double precision NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT client_semantic_cache_model_check CHECK ((model <> ''::text)),
    CONSTRAINT similarity_is_a_nearness CHECK (((similarity >= (0.5)::double precision) AND (similarity <= (1)::double precision)))
);

CREATE TABLE public.clients (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    plan text DEFAULT 'free'::text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    use_ai_gateway boolean DEFAULT false NOT NULL,
    time_zone text DEFAULT 'America/Sao_Paulo'::text NOT NULL,
    locale text DEFAULT 'pt-BR'::text NOT NULL,
    primary_model text DEFAULT 'openai/gpt-4o-mini'::text NOT NULL,
    fallback_chain jsonb,
    default_max_output_tokens integer,
    expired_holds text DEFAULT 'charge'::text NOT NULL,
    system_prompt text,
    notification_email text,
    notification_webhook_url text,
    notification_whatsapp text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    max_requests_per_minute integer,
    max_tokens_per_minute bigint,
    cache_enabled boolean,
    cache_epoch integer DEFAULT 0 NOT NULL,
    max_concurrent_calls integer,
    portal_may_manage_keys boolean DEFAULT false NOT NULL,
    message_retention_days integer,
    CONSTRAINT clients_default_max_output_tokens_check CHECK ((default_max_output_tokens > 0)),
    CONSTRAINT clients_expired_holds_check CHECK ((expired_holds = ANY (ARRAY['charge'::text, 'release'::text]))),
    CONSTRAINT clients_fallback_chain_check CHECK (((fallback_chain IS NULL) OR (jsonb_typeof(fallback_chain) = 'array'::text))),
    CONSTRAINT clients_locale_check CHECK ((locale = ANY (ARRAY['pt-BR'::text, 'en'::text]))),
    CONSTRAINT clients_message_retention_days_check CHECK ((message_retention_days > 0)),
    CONSTRAINT clients_message_retention_days_most CHECK ((message_retention_days <= 36500)),
    CONSTRAINT clients_name_check CHECK ((name <> ''::text)),
    CONSTRAINT clients_slug_check CHECK ((slug ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text)),
    CONSTRAINT clients_status_check CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text]))),
    CONSTRAINT max_concurrent_calls_is_positive CHECK ((max_concurrent_calls > 0)),
    CONSTRAINT max_requests_per_minute_is_positive CHECK ((max_requests_per_minute > 0)),
    CONSTRAINT max_tokens_per_minute_is_positive CHECK ((max_tokens_per_minute > 0))
);

COMMENT ON COLUMN public.clients.max_concurrent_calls IS 'calls of all its keys that may be under way at once, over all replicas; null: any number';

COMMENT ON COLUMN public.clients.portal_may_manage_keys IS 'users of role client may make and revoke the client''s keys in the portal';

CREATE TABLE public.conversations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    channel_id uuid,
    phone text,
    status text DEFAULT 'bot'::text NOT NULL,
    last_message_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_inbound_at timestamp with time zone,
    refusal_notice_at timestamp with time zone,
    lease uuid,
    leased_until timestamp with time zone,
    CONSTRAINT conversations_status_check CHECK ((status = ANY (ARRAY['bot'::text, 'human'::text])))
);

CREATE VIEW public.effective_budgets WITH (security_invoker='true') AS
 SELECT b.id,
    b.client_id,
    b.budget_type,
    b.budget_limit,
    b.budget_period,
    b.alert_threshold_80,
    b.alert_threshold_90,
    b.alert_threshold_100,
    b.pause_at_limit,
    b.is_paused,
    b.plan_budget_id,
    b.limit_amount,
    b.created_at,
    b.updated_at,
    b.retired_at,
    b.successor,
    b.raised_limit,
    b.raised_until,
    b.raised_amount,
    b.origin_id,
    c.time_zone,
    c.slug,
        CASE
            WHEN (b.raised_until > public.ledger_now()) THEN GREATEST(b.limit_amount, b.raised_amount)
            ELSE b.limit_amount
        END AS limit_now
   FROM (public.budgets b
     JOIN public.clients c ON ((c.id = b.client_id)))
  WHERE ((b.retired_at IS NULL) AND ((b.plan_budget_id IS NULL) OR (NOT (EXISTS ( SELECT 1
           FROM public.budgets own
          WHERE ((own.client_id = b.client_id) AND (own.origin_id IS NULL)))))));

CREATE TABLE public.erased_contacts (
    hash bytea NOT NULL,
    client_id uuid NOT NULL,
    erased_at timestamp with time zone NOT NULL
);

COMMENT ON TABLE public.erased_contacts IS 'contacts whose calls from before are booked without phone and conversation; kept for 90 days';

CREATE TABLE public.exchange_rates (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    currency_pair text DEFAULT 'USD/BRL'::text NOT NULL,
    rate numeric NOT NULL,
    source text NOT NULL,
    quoted_at timestamp with time zone NOT NULL,
    fetched_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT exchange_rates_currency_pair_check CHECK ((currency_pair = 'USD/BRL'::text)),
    CONSTRAINT exchange_rates_rate_check CHECK ((((rate >= 0.5) AND (rate <= (50)::numeric)) AND (rate = round(rate, 8))))
);

COMMENT ON TABLE public.exchange_rates IS 'Quotes as they were fetched; rows are added, never changed.';

CREATE TABLE public.gateway_usage_logs (
    id bigint NOT NULL,
    call_id uuid NOT NULL,
    client_id uuid NOT NULL,
    request_id text,
    conversation_id uuid,
    phone text,
    source text DEFAULT 'api'::text NOT NULL,
    api_type text DEFAULT 'chat'::text NOT NULL,
    provider text NOT NULL,
    model_name text NOT NULL,
    via text,
    input_tokens bigint DEFAULT 0 NOT NULL,
    output_tokens bigint DEFAULT 0 NOT NULL,
    cached_tokens bigint DEFAULT 0 NOT NULL,
    cache_write_tokens bigint DEFAULT 0 NOT NULL,
    reasoning_tokens bigint DEFAULT 0 NOT NULL,
    total_tokens bigint DEFAULT 0 NOT NULL,
    units numeric,
    latency_ms integer,
    first_token_ms integer,
    was_cached boolean DEFAULT false NOT NULL,
    was_fallback boolean DEFAULT false NOT NULL,
    fallback_reason text,
    attempts jsonb DEFAULT '[]'::jsonb NOT NULL,
    cost_usd numeric(24,12),
    cost_brl numeric(24,12),
    usd_brl_rate numeric(18,8),
    rate_source text,
    rate_at timestamp with time zone,
    price_id uuid,
    status text NOT NULL,
    error_code text,
    flags text[] DEFAULT '{}'::text[] NOT NULL,
    charges jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    saved_usd numeric(24,12),
    saved_brl numeric(24,12),
    requested_model text,
    CONSTRAINT gateway_usage_logs_api_type_check CHECK ((api_type = ANY (ARRAY['chat'::text, 'embeddings'::text, 'transcription'::text, 'speech'::text, 'image'::text, 'moderation'::text]))),
    CONSTRAINT gateway_usage_logs_cache_write_tokens_check CHECK ((cache_write_tokens >= 0)),
    CONSTRAINT gateway_usage_logs_cached_tokens_check CHECK ((cached_tokens >= 0)),
    CONSTRAINT gateway_usage_logs_cost_brl_check CHECK ((cost_brl >= (0)::numeric)),
    CONSTRAINT gateway_usage_logs_cost_usd_check CHECK ((cost_usd >= (0)::numeric)),
    CONSTRAINT gateway_usage_logs_input_tokens_check CHECK ((input_tokens >= 0)),
    CONSTRAINT gateway_usage_logs_output_tokens_check CHECK ((output_tokens >= 0)),
    CONSTRAINT gateway_usage_logs_reasoning_tokens_check CHECK ((reasoning_tokens >= 0)),
    CONSTRAINT gateway_usage_logs_saved_brl_check CHECK ((saved_brl >= (0)::numeric)),
    CONSTRAINT gateway_usage_logs_saved_usd_check CHECK ((saved_usd >= (0)::numeric)),
    CONSTRAINT gateway_usage_logs_source_check CHECK ((source = ANY (ARRAY['api'::text, 'library'::text, 'whatsapp'::text, 'test'::text, 'cache'::text, 'guardrail'::text]))),
    CONSTRAINT gateway_usage_logs_status_check CHECK ((status = ANY (ARRAY['ok'::text, 'error'::text, 'cancelled'::text, 'estimated'::text, 'orphaned'::text]))),
    CONSTRAINT gateway_usage_logs_total_tokens_check CHECK ((total_tokens >= 0)),
    CONSTRAINT gateway_usage_logs_units_check CHECK ((units >= (0)::numeric)),
    CONSTRAINT gateway_usage_logs_usd_brl_rate_check CHECK ((usd_brl_rate > (0)::numeric)),
    CONSTRAINT gateway_usage_logs_via_check CHECK ((via = ANY (ARRAY['vercel'::text, 'direct'::text])))
)
PARTITION BY RANGE (created_at);

COMMENT ON COLUMN public.gateway_usage_logs.source IS 'Which door the call came in by; guardrail and cache: the gateway asked by itself, on behalf of another call.';

COMMENT ON COLUMN public.gateway_usage_logs.units IS 'Seconds of audio (transcription), characters (speech) or images (image); null for what is counted in tokens only.';

COMMENT ON COLUMN public.gateway_usage_logs.was_cached IS 'served from our response cache; the provider''s own prompt cache shows in cached_tokens';

COMMENT ON COLUMN public.gateway_usage_logs.created_at IS 'when the call was admitted, by the database''s clock';

COMMENT ON COLUMN public.gateway_usage_logs.saved_usd IS 'what the answer had cost when a provider made it, of a call that got it from the response cache';

COMMENT ON COLUMN public.gateway_usage_logs.saved_brl IS 'saved_usd at the rate of this row';

COMMENT ON COLUMN public.gateway_usage_logs.requested_model IS 'the alias that was asked for; null where the model was asked for by its own name';

ALTER TABLE public.gateway_usage_logs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.gateway_usage_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.idempotency_keys (
    client_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    request_hash bytea NOT NULL,
    call_id uuid NOT NULL,
    state text DEFAULT 'running'::text NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    status smallint,
    headers jsonb,
    body bytea,
    is_cut boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_check CHECK (((state = 'running'::text) OR (body IS NULL) OR ((status IS NOT NULL) AND (headers IS NOT NULL)))),
    CONSTRAINT idempotency_keys_key_hash_check CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT idempotency_keys_request_hash_check CHECK ((octet_length(request_hash) = 32)),
    CONSTRAINT idempotency_keys_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text])))
);
ALTER TABLE ONLY public.idempotency_keys ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE public.messages (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    wamid text,
    direction text NOT NULL,
    kind text DEFAULT 'text'::text NOT NULL,
    body text,
    status text DEFAULT 'received'::text NOT NULL,
    sent_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    seq bigint NOT NULL,
    answer_id uuid,
    part integer,
    needs_answer boolean DEFAULT false NOT NULL,
    reply_to text,
    media jsonb,
    details jsonb,
    error jsonb,
    status_at timestamp with time zone,
    CONSTRAINT messages_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
);

ALTER TABLE public.messages ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.messages_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.model_prices (
    id uuid NOT NULL,
    model_id uuid,
    gateway_identifier text NOT NULL,
    input_price_per_million numeric,
    output_price_per_million numeric,
    cached_input_price_per_million numeric,
    cache_write_price_per_million numeric,
    cache_write_1h_price_per_million numeric,
    price_per_audio_minute numeric,
    price_per_character numeric,
    price_per_image numeric,
    minimum_audio_seconds integer NOT NULL,
    price_tiers jsonb NOT NULL,
    price_source text NOT NULL,
    price_reference text,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone
);

COMMENT ON TABLE public.model_prices IS 'Every version of every price; gateway_usage_logs.price_id points here. Written only by the triggers of ai_models_registry.';

CREATE TABLE public.model_routes (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid,
    alias text NOT NULL,
    strategy text DEFAULT 'ordered'::text NOT NULL,
    targets jsonb NOT NULL,
    fallbacks text[],
    hedge_after_ms integer,
    downgrade jsonb,
    timeouts jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT alias_is_a_name CHECK ((alias ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$'::text)),
    CONSTRAINT downgrade_is_whole CHECK (jsonb_path_exists(downgrade, '$?((@."model".type() == "string" && @."threshold" > 0) && @."threshold" <= 100)'::jsonpath)),
    CONSTRAINT hedge_after_ms_is_positive CHECK ((hedge_after_ms > 0)),
    CONSTRAINT model_routes_strategy_check CHECK ((strategy = ANY (ARRAY['ordered'::text, 'weighted'::text, 'cheapest'::text, 'fastest'::text]))),
    CONSTRAINT targets_are_whole CHECK (((jsonb_typeof(targets) = 'array'::text) AND ((jsonb_array_length(targets) >= 1) AND (jsonb_array_length(targets) <= 20)) AND (jsonb_array_length(targets) = jsonb_array_length(jsonb_path_query_array(targets, '$[*]?((@."model".type() == "string" && ((!(exists (@."via")) || @."via" == "vercel") || @."via" == "direct")) && (!(exists (@."weight")) || @."weight" >= 0 && @."weight" <= 1000000))'::jsonpath))))),
    CONSTRAINT timeouts_are_whole CHECK (((jsonb_typeof(timeouts) = 'object'::text) AND (NOT jsonb_path_exists(timeouts, '$.keyvalue()?(((@."key" != "connect_ms" && @."key" != "first_byte_ms") && @."key" != "idle_ms") && @."key" != "total_ms")'::jsonpath)) AND (NOT jsonb_path_exists(timeouts, '$.*?((@.type() != "number" || @ < 1) || @ > 86400000)'::jsonpath))))
);

CREATE TABLE public.notification_channels (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid,
    kind text NOT NULL,
    address text NOT NULL,
    secret_id uuid,
    alert_kinds text[],
    locale text,
    is_active boolean DEFAULT true NOT NULL,
    follows_client boolean DEFAULT false NOT NULL,
    failing_since timestamp with time zone,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    whatsapp_channel_id uuid,
    template_name text,
    template_language text DEFAULT 'pt_BR'::text NOT NULL,
    last_error_code text,
    CONSTRAINT notification_channels_address CHECK ((((length(address) >= 1) AND (length(address) <= 2000)) AND (address !~ '[[:cntrl:]]'::text))),
    CONSTRAINT notification_channels_alert_kinds CHECK (((client_id IS NULL) OR (alert_kinds IS NULL) OR (alert_kinds <@ ARRAY['budget_threshold'::text, 'budget_exceeded'::text, 'handed_off'::text]))),
    CONSTRAINT notification_channels_check CHECK (((client_id IS NOT NULL) OR (NOT follows_client))),
    CONSTRAINT notification_channels_kind CHECK ((kind = ANY (ARRAY['email'::text, 'webhook'::text, 'whatsapp'::text]))),
    CONSTRAINT notification_channels_locale CHECK ((locale = ANY (ARRAY['pt-BR'::text, 'en'::text]))),
    CONSTRAINT notification_channels_template CHECK (((kind = 'whatsapp'::text) OR ((whatsapp_channel_id IS NULL) AND (template_name IS NULL)))),
    CONSTRAINT notification_channels_template_language CHECK ((template_language ~ '^[a-zA-Z]{2,3}(_[a-zA-Z]{2,4})?$'::text)),
    CONSTRAINT notification_channels_template_name CHECK (((length(template_name) >= 1) AND (length(template_name) <= 512)))
);

COMMENT ON TABLE public.notification_channels IS 'Who is told of alerts, and how: docs/notifications.md';

CREATE TABLE public.notification_deliveries (
    id bigint NOT NULL,
    alert_id uuid,
    channel_id uuid NOT NULL,
    attempt integer NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    response_code integer,
    error text,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    claimed_until timestamp with time zone,
    attempted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    error_code text,
    CONSTRAINT notification_deliveries_attempt_check CHECK ((attempt > 0)),
    CONSTRAINT notification_deliveries_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'sent'::text, 'failed'::text, 'given_up'::text])))
);

ALTER TABLE public.notification_deliveries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notification_deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.plan_budgets (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    plan text NOT NULL,
    budget_type text NOT NULL,
    budget_limit numeric NOT NULL,
    budget_period text NOT NULL,
    alert_threshold_80 boolean DEFAULT true NOT NULL,
    alert_threshold_90 boolean DEFAULT true NOT NULL,
    alert_threshold_100 boolean DEFAULT true NOT NULL,
    pause_at_limit boolean DEFAULT false NOT NULL,
    CONSTRAINT budget_limit_is_positive CHECK (((budget_limit > (0)::numeric) AND (budget_limit < ('9000000000'::bigint)::numeric))),
    CONSTRAINT plan_budgets_budget_period_check CHECK ((budget_period = ANY (ARRAY['daily'::text, 'weekly'::text, 'monthly'::text]))),
    CONSTRAINT plan_budgets_budget_type_check CHECK ((budget_type = ANY (ARRAY['tokens'::text, 'brl'::text, 'usd'::text])))
);

CREATE TABLE public.providers (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    display_name text NOT NULL,
    kind text DEFAULT 'openai-compatible'::text NOT NULL,
    base_url text NOT NULL,
    allow_http boolean DEFAULT false NOT NULL,
    api_key_secret_id uuid,
    auth text DEFAULT 'bearer'::text NOT NULL,
    query jsonb DEFAULT '{}'::jsonb NOT NULL,
    headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    limit_field text DEFAULT 'max_tokens'::text NOT NULL,
    supports_stream_usage boolean DEFAULT true NOT NULL,
    probe_path text DEFAULT '/models'::text NOT NULL,
    package text,
    export_name text,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    kinds text[] DEFAULT '{embeddings}'::text[] NOT NULL,
    CONSTRAINT providers_auth CHECK ((auth = ANY (ARRAY['bearer'::text, 'api-key'::text]))),
    CONSTRAINT providers_base_url CHECK ((base_url ~ '^https?://[^[:space:][:cntrl:]/?#@\\]+(/[^[:space:][:cntrl:]?#\\]*)?$'::text)),
    CONSTRAINT providers_display_name CHECK ((display_name ~ '^[^[:cntrl:]]{1,100}$'::text)),
    CONSTRAINT providers_export_name CHECK ((export_name ~ '^create[A-Za-z0-9]{1,60}$'::text)),
    CONSTRAINT providers_headers CHECK (((jsonb_typeof(headers) = 'object'::text) AND (NOT jsonb_path_exists(headers, '$.keyvalue()?(!(@."key" like_regex "^(http-referer|x-title|openai-organization|openai-project|x-goog-user-project)$"))'::jsonpath)) AND (NOT jsonb_path_exists(headers, '$.keyvalue()?(@."value".type() != "string" || !(@."value" like_regex "^[ -~]{1,200}$"))'::jsonpath)))),
    CONSTRAINT providers_https CHECK ((allow_http OR (base_url ~ '^https://'::text))),
    CONSTRAINT providers_kind CHECK ((kind = ANY (ARRAY['openai-compatible'::text, 'ai-sdk'::text]))),
    CONSTRAINT providers_kinds CHECK ((kinds <@ ARRAY['embeddings'::text, 'transcriptions'::text, 'translations'::text, 'speech'::text, 'images'::text, 'image-edits'::text, 'moderations'::text])),
    CONSTRAINT providers_limit_field CHECK ((limit_field = ANY (ARRAY['max_tokens'::text, 'max_completion_tokens'::text]))),
    CONSTRAINT providers_name CHECK ((name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'::text)),
    CONSTRAINT providers_name_is_free CHECK ((name <> ALL (ARRAY['openai'::text, 'groq'::text, 'anthropic'::text, 'google'::text, 'vercel'::text, 'gateway'::text]))),
    CONSTRAINT providers_options CHECK (((jsonb_typeof(options) = 'object'::text) AND (NOT jsonb_path_exists(options, '$.keyvalue()?(!(@."key" like_regex "^[a-z][A-Za-z0-9]{0,63}$") || @."key" like_regex "key|token|secret|password|auth|credential|^fetch$|^headers$|^baseUrl$" flag "i")'::jsonpath)) AND (NOT jsonb_path_exists(options, '$.keyvalue()?(@."value".type() != "string")'::jsonpath)))),
    CONSTRAINT providers_package CHECK ((package ~ '^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*$'::text)),
    CONSTRAINT providers_package_of_kind CHECK (((kind = 'ai-sdk'::text) = ((package IS NOT NULL) AND (export_name IS NOT NULL)))),
    CONSTRAINT providers_probe_path CHECK ((probe_path ~ '^/[A-Za-z0-9/_.-]{0,100}$'::text)),
    CONSTRAINT providers_query CHECK (((jsonb_typeof(query) = 'object'::text) AND (NOT jsonb_path_exists(query, '$.keyvalue()?(!(@."key" like_regex "^[A-Za-z0-9_.-]{1,64}$") || @."key" like_regex "key|token|secret|sig|password|auth" flag "i")'::jsonpath)) AND (NOT jsonb_path_exists(query, '$.keyvalue()?(@."value".type() != "string" || !(@."value" like_regex "^[ -~]{1,200}$"))'::jsonpath))))
);

COMMENT ON TABLE public.providers IS 'Providers that the operator added; their models are rows of ai_models_registry. A change is in force within a second.';

CREATE UNLOGGED TABLE public.rate_windows (
    scope text NOT NULL,
    id uuid NOT NULL,
    unit text NOT NULL,
    at_second bigint NOT NULL,
    slots bigint[] NOT NULL,
    CONSTRAINT rate_windows_scope_check CHECK ((scope = ANY (ARRAY['key'::text, 'client'::text, 'shared'::text]))),
    CONSTRAINT rate_windows_unit_check CHECK ((unit = ANY (ARRAY['requests'::text, 'tokens'::text])))
)
WITH (fillfactor='50');

COMMENT ON TABLE public.rate_windows IS 'what was taken of each limit in the last minute; replicas take credits in advance and give back what they did not use';

CREATE UNLOGGED TABLE public.response_cache (
    client_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    room_hash bytea,
    sealed_hash bytea,
    embedding real[],
    bytes integer GENERATED ALWAYS AS ((octet_length(sealed) + (4 * COALESCE(cardinality(embedding), 0)))) STORED,
    CONSTRAINT response_cache_key_hash_check CHECK ((octet_length(key_hash) = 32)),
    CONSTRAINT response_cache_meaning CHECK ((num_nulls(room_hash, sealed_hash, embedding) = ANY (ARRAY[0, 3]))),
    CONSTRAINT response_cache_room_hash_check CHECK ((octet_length(room_hash) = 32))
);
ALTER TABLE ONLY public.response_cache ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.response_cache ALTER COLUMN embedding SET STORAGE EXTERNAL;

COMMENT ON TABLE public.response_cache IS 'answers by the hash of their request, for replicas to share; bounded in bytes, the oldest go first';

CREATE TABLE public.shared_gateway_config (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    only_row boolean DEFAULT true NOT NULL,
    gateway_api_key_secret_id uuid,
    openai_api_key_secret_id uuid,
    groq_api_key_secret_id uuid,
    anthropic_api_key_secret_id uuid,
    google_api_key_secret_id uuid,
    cache_enabled boolean DEFAULT true NOT NULL,
    cache_ttl_seconds integer DEFAULT 3600 NOT NULL,
    default_fallback_chain jsonb DEFAULT '["openai/gpt-4o-mini", "groq/llama-3.3-70b-versatile"]'::jsonb NOT NULL,
    max_requests_per_minute integer DEFAULT 1000 NOT NULL,
    max_tokens_per_minute integer DEFAULT 500000 NOT NULL,
    route text DEFAULT 'auto'::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    max_concurrent_calls integer,
    CONSTRAINT max_concurrent_calls_is_positive CHECK ((max_concurrent_calls > 0)),
    CONSTRAINT shared_gateway_config_cache_ttl_seconds_check CHECK ((cache_ttl_seconds > 0)),
    CONSTRAINT shared_gateway_config_default_fallback_chain_check CHECK ((jsonb_typeof(default_fallback_chain) = 'array'::text)),
    CONSTRAINT shared_gateway_config_max_requests_per_minute_check CHECK ((max_requests_per_minute > 0)),
    CONSTRAINT shared_gateway_config_max_tokens_per_minute_check CHECK ((max_tokens_per_minute > 0)),
    CONSTRAINT shared_gateway_config_only_row_check CHECK (only_row),
    CONSTRAINT shared_gateway_config_route_check CHECK ((route = ANY (ARRAY['auto'::text, 'vercel'::text, 'direct'::text])))
);

CREATE TABLE public.usage_days (
    client_id uuid NOT NULL,
    day date NOT NULL,
    provider text NOT NULL,
    model_name text NOT NULL,
    api_type text NOT NULL,
    calls bigint DEFAULT 0 NOT NULL,
    errors bigint DEFAULT 0 NOT NULL,
    cache_hits bigint DEFAULT 0 NOT NULL,
    orphaned bigint DEFAULT 0 NOT NULL,
    released bigint DEFAULT 0 NOT NULL,
    unpriced_usd bigint DEFAULT 0 NOT NULL,
    unpriced_brl bigint DEFAULT 0 NOT NULL,
    input_tokens bigint DEFAULT 0 NOT NULL,
    output_tokens bigint DEFAULT 0 NOT NULL,
    cached_tokens bigint DEFAULT 0 NOT NULL,
    cache_write_tokens bigint DEFAULT 0 NOT NULL,
    reasoning_tokens bigint DEFAULT 0 NOT NULL,
    total_tokens bigint DEFAULT 0 NOT NULL,
    cost_usd numeric(24,12) DEFAULT 0 NOT NULL,
    cost_brl numeric(24,12) DEFAULT 0 NOT NULL,
    latency_sketch integer[] DEFAULT '{}'::integer[] NOT NULL,
    saved_usd numeric(24,12) DEFAULT 0 NOT NULL,
    saved_brl numeric(24,12) DEFAULT 0 NOT NULL
)
WITH (fillfactor='80');

CREATE TABLE public.usage_dead_letters (
    id bigint NOT NULL,
    call_id uuid,
    record jsonb NOT NULL,
    error text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.usage_dead_letters IS 'records that the ledger could not book, each with the reason; nothing is dropped';

ALTER TABLE public.usage_dead_letters ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.usage_dead_letters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW public.usage_facts WITH (security_invoker='true') AS
 SELECT l.call_id,
    l.client_id,
    l.created_at,
    COALESCE(t.provider, l.provider) AS provider,
    COALESCE(t.model_name, l.model_name) AS model_name,
    COALESCE(t.api_type, l.api_type) AS api_type,
    ((NOT (
        CASE
            WHEN (t.call_id IS NULL) THEN l.status
            ELSE t.status
        END IS DISTINCT FROM 'error'::text)))::integer AS errors,
    (
        CASE
            WHEN (t.call_id IS NULL) THEN l.was_cached
            ELSE COALESCE(t.was_cached, false)
        END)::integer AS cache_hits,
    (((t.call_id IS NULL) AND (l.status = 'orphaned'::text)))::integer AS orphaned,
    (((t.call_id IS NOT NULL) AND (t.status IS NULL)))::integer AS released,
    (
        CASE
            WHEN (t.call_id IS NULL) THEN (l.cost_usd IS NULL)
            ELSE ((t.status IS NOT NULL) AND (t.cost_usd IS NULL))
        END)::integer AS unpriced_usd,
    (
        CASE
            WHEN (t.call_id IS NULL) THEN (l.cost_brl IS NULL)
            ELSE ((t.status IS NOT NULL) AND (t.cost_brl IS NULL))
        END)::integer AS unpriced_brl,
        CASE
            WHEN (t.call_id IS NULL) THEN l.input_tokens
            ELSE COALESCE(t.input_tokens, (0)::bigint)
        END AS input_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.output_tokens
            ELSE COALESCE(t.output_tokens, (0)::bigint)
        END AS output_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.cached_tokens
            ELSE COALESCE(t.cached_tokens, (0)::bigint)
        END AS cached_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.cache_write_tokens
            ELSE COALESCE(t.cache_write_tokens, (0)::bigint)
        END AS cache_write_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.reasoning_tokens
            ELSE COALESCE(t.reasoning_tokens, (0)::bigint)
        END AS reasoning_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.total_tokens
            ELSE COALESCE(t.total_tokens, (0)::bigint)
        END AS total_tokens,
    COALESCE(
        CASE
            WHEN (t.call_id IS NULL) THEN l.cost_usd
            ELSE t.cost_usd
        END, (0)::numeric) AS cost_usd,
    COALESCE(
        CASE
            WHEN (t.call_id IS NULL) THEN l.cost_brl
            ELSE t.cost_brl
        END, (0)::numeric) AS cost_brl,
        CASE
            WHEN (t.call_id IS NULL) THEN public.usage_latency_bucket(l.status, l.was_cached, l.latency_ms)
            ELSE public.usage_latency_bucket(t.status, t.was_cached, t.latency_ms)
        END AS latency_bucket,
    COALESCE(
        CASE
            WHEN (t.call_id IS NULL) THEN l.saved_usd
            ELSE t.saved_usd
        END, (0)::numeric) AS saved_usd,
    COALESCE(
        CASE
            WHEN (t.call_id IS NULL) THEN l.saved_brl
            ELSE t.saved_brl
        END, (0)::numeric) AS saved_brl,
        CASE
            WHEN (t.call_id IS NULL) THEN l.units
            ELSE t.units
        END AS units,
    COALESCE(t.usd_brl_rate, l.usd_brl_rate) AS usd_brl_rate,
    COALESCE(t.rate_source, l.rate_source) AS rate_source,
    ((t.call_id IS NOT NULL))::integer AS adjusted,
    l.cost_usd AS booked_cost_usd,
    l.cost_brl AS booked_cost_brl
   FROM (public.gateway_usage_logs l
     LEFT JOIN LATERAL ( SELECT truth.id,
            truth.call_id,
            truth.client_id,
            truth.request_id,
            truth.conversation_id,
            truth.phone,
            truth.source,
            truth.api_type,
            truth.provider,
            truth.model_name,
            truth.via,
            truth.input_tokens,
            truth.output_tokens,
            truth.cached_tokens,
            truth.cache_write_tokens,
            truth.reasoning_tokens,
            truth.total_tokens,
            truth.units,
            truth.latency_ms,
            truth.first_token_ms,
            truth.was_cached,
            truth.was_fallback,
            truth.fallback_reason,
            truth.attempts,
            truth.cost_usd,
            truth.cost_brl,
            truth.usd_brl_rate,
            truth.rate_source,
            truth.rate_at,
            truth.price_id,
            truth.status,
            truth.error_code,
            truth.flags,
            truth.charges,
            truth.created_at,
            truth.saved_usd,
            truth.saved_brl,
            truth.requested_model
           FROM (public.budget_adjustments a
             CROSS JOIN LATERAL jsonb_populate_record(NULL::public.gateway_usage_logs, a.truth) truth(id, call_id, client_id, request_id, conversation_id, phone, source, api_type, provider, model_name, via, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, units, latency_ms, first_token_ms, was_cached, was_fallback, fallback_reason, attempts, cost_usd, cost_brl, usd_brl_rate, rate_source, rate_at, price_id, status, error_code, flags, charges, created_at, saved_usd, saved_brl, requested_model))
          WHERE ((l.status = 'orphaned'::text) AND (a.call_id = l.call_id))
          ORDER BY a.id
         LIMIT 1) t ON (true));

CREATE VIEW public.usage_orphans WITH (security_invoker='true') AS
 SELECT l.id,
    l.created_at,
    l.call_id,
    l.client_id,
    COALESCE(t.request_id, l.request_id) AS request_id,
    l.source,
    COALESCE(t.api_type, l.api_type) AS api_type,
    COALESCE(t.provider, l.provider) AS provider,
    COALESCE(t.model_name, l.model_name) AS model_name,
    COALESCE(t.requested_model, l.requested_model) AS requested_model,
    COALESCE(t.via, l.via) AS via,
        CASE
            WHEN (t.call_id IS NULL) THEN l.input_tokens
            ELSE COALESCE(t.input_tokens, (0)::bigint)
        END AS input_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.output_tokens
            ELSE COALESCE(t.output_tokens, (0)::bigint)
        END AS output_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.cached_tokens
            ELSE COALESCE(t.cached_tokens, (0)::bigint)
        END AS cached_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.cache_write_tokens
            ELSE COALESCE(t.cache_write_tokens, (0)::bigint)
        END AS cache_write_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.reasoning_tokens
            ELSE COALESCE(t.reasoning_tokens, (0)::bigint)
        END AS reasoning_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.total_tokens
            ELSE COALESCE(t.total_tokens, (0)::bigint)
        END AS total_tokens,
        CASE
            WHEN (t.call_id IS NULL) THEN l.units
            ELSE t.units
        END AS units,
        CASE
            WHEN (t.call_id IS NULL) THEN l.cost_usd
            WHEN (t.status IS NULL) THEN (0)::numeric
            ELSE t.cost_usd
        END AS cost_usd,
        CASE
            WHEN (t.call_id IS NULL) THEN l.cost_brl
            WHEN (t.status IS NULL) THEN (0)::numeric
            ELSE t.cost_brl
        END AS cost_brl,
    COALESCE(t.usd_brl_rate, l.usd_brl_rate) AS usd_brl_rate,
        CASE
            WHEN (t.call_id IS NULL) THEN l.saved_usd
            ELSE t.saved_usd
        END AS saved_usd,
        CASE
            WHEN (t.call_id IS NULL) THEN l.saved_brl
            ELSE t.saved_brl
        END AS saved_brl,
        CASE
            WHEN (t.call_id IS NULL) THEN l.latency_ms
            ELSE t.latency_ms
        END AS latency_ms,
        CASE
            WHEN (t.call_id IS NULL) THEN l.first_token_ms
            ELSE t.first_token_ms
        END AS first_token_ms,
        CASE
            WHEN (t.call_id IS NULL) THEN l.was_cached
            ELSE COALESCE(t.was_cached, false)
        END AS was_cached,
        CASE
            WHEN (t.call_id IS NULL) THEN l.was_fallback
            ELSE COALESCE(t.was_fallback, false)
        END AS was_fallback,
        CASE
            WHEN (t.call_id IS NULL) THEN l.fallback_reason
            ELSE t.fallback_reason
        END AS fallback_reason,
        CASE
            WHEN (t.call_id IS NULL) THEN l.status
            ELSE COALESCE(t.status, 'released'::text)
        END AS status,
        CASE
            WHEN (t.call_id IS NULL) THEN l.error_code
            ELSE t.error_code
        END AS error_code,
    COALESCE(t.flags, l.flags) AS flags,
    (t.call_id IS NOT NULL) AS was_corrected
   FROM (public.gateway_usage_logs l
     LEFT JOIN LATERAL ( SELECT truth.id,
            truth.call_id,
            truth.client_id,
            truth.request_id,
            truth.conversation_id,
            truth.phone,
            truth.source,
            truth.api_type,
            truth.provider,
            truth.model_name,
            truth.via,
            truth.input_tokens,
            truth.output_tokens,
            truth.cached_tokens,
            truth.cache_write_tokens,
            truth.reasoning_tokens,
            truth.total_tokens,
            truth.units,
            truth.latency_ms,
            truth.first_token_ms,
            truth.was_cached,
            truth.was_fallback,
            truth.fallback_reason,
            truth.attempts,
            truth.cost_usd,
            truth.cost_brl,
            truth.usd_brl_rate,
            truth.rate_source,
            truth.rate_at,
            truth.price_id,
            truth.status,
            truth.error_code,
            truth.flags,
            truth.charges,
            truth.created_at,
            truth.saved_usd,
            truth.saved_brl,
            truth.requested_model
           FROM (public.budget_adjustments a
             CROSS JOIN LATERAL jsonb_populate_record(NULL::public.gateway_usage_logs, a.truth) truth(id, call_id, client_id, request_id, conversation_id, phone, source, api_type, provider, model_name, via, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, units, latency_ms, first_token_ms, was_cached, was_fallback, fallback_reason, attempts, cost_usd, cost_brl, usd_brl_rate, rate_source, rate_at, price_id, status, error_code, flags, charges, created_at, saved_usd, saved_brl, requested_model))
          WHERE (a.call_id = l.call_id)
          ORDER BY a.id
         LIMIT 1) t ON (true))
  WHERE (l.status = 'orphaned'::text);

CREATE TABLE public.vault_key_state (
    only_row boolean DEFAULT true NOT NULL,
    key_id uuid NOT NULL,
    check_value text NOT NULL,
    public_key bytea NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT vault_key_state_only_row_check CHECK (only_row)
);

CREATE TABLE public.whatsapp_channels (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    phone_number_id text NOT NULL,
    display_phone_number text,
    access_token_secret_id uuid,
    app_secret_secret_id uuid,
    verify_token_secret_id uuid,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    is_simulated boolean DEFAULT false NOT NULL,
    model text,
    system_prompt text,
    reply_pause_ms integer DEFAULT 4000 NOT NULL,
    history_tokens integer DEFAULT 2000 NOT NULL,
    transcription_model text DEFAULT 'openai/whisper-1'::text NOT NULL,
    refusal_notice text,
    template_name text,
    template_language text DEFAULT 'pt_BR'::text NOT NULL,
    admin_phones text[] DEFAULT '{}'::text[] NOT NULL,
    contact_daily_tokens bigint,
    hands_off boolean DEFAULT false NOT NULL,
    hand_off_keywords text[] DEFAULT '{}'::text[] NOT NULL,
    hand_off_notice text,
    video_notice text,
    CONSTRAINT whatsapp_channels_contact_daily_tokens_check CHECK ((contact_daily_tokens > 0)),
    CONSTRAINT whatsapp_channels_hand_off_notice_check CHECK ((hand_off_notice <> ''::text)),
    CONSTRAINT whatsapp_channels_history_tokens_check CHECK (((history_tokens >= 0) AND (history_tokens <= 1000000))),
    CONSTRAINT whatsapp_channels_model_check CHECK ((model <> ''::text)),
    CONSTRAINT whatsapp_channels_refusal_notice_check CHECK ((refusal_notice <> ''::text)),
    CONSTRAINT whatsapp_channels_reply_pause_ms_check CHECK (((reply_pause_ms >= 0) AND (reply_pause_ms <= 60000))),
    CONSTRAINT whatsapp_channels_template_language_check CHECK ((template_language <> ''::text)),
    CONSTRAINT whatsapp_channels_template_name_check CHECK ((template_name <> ''::text)),
    CONSTRAINT whatsapp_channels_transcription_model_check CHECK ((transcription_model <> ''::text)),
    CONSTRAINT whatsapp_channels_video_notice_check CHECK ((video_notice <> ''::text))
);

CREATE TABLE public.whatsapp_tools (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    parameters jsonb NOT NULL,
    url text NOT NULL,
    secret_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT whatsapp_tools_description CHECK (((length(description) >= 1) AND (length(description) <= 1024))),
    CONSTRAINT whatsapp_tools_name CHECK (((name ~ '^[a-zA-Z][a-zA-Z0-9_]{0,63}$'::text) AND (name <> 'hand_off_to_human'::text))),
    CONSTRAINT whatsapp_tools_parameters CHECK (((jsonb_typeof(parameters) = 'object'::text) AND ((parameters ->> 'type'::text) = 'object'::text) AND (length((parameters)::text) <= 16384))),
    CONSTRAINT whatsapp_tools_url CHECK ((((length(url) >= 1) AND (length(url) <= 2000)) AND (url !~ '[[:cntrl:]]'::text)))
);

COMMENT ON TABLE public.whatsapp_tools IS 'What the model of a WhatsApp channel may call: docs/whatsapp.md';

CREATE TABLE vault.secrets (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text,
    description text DEFAULT ''::text NOT NULL,
    secret text NOT NULL,
    key_id uuid,
    nonce bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON COLUMN vault.secrets.secret IS 'Sealed before it is stored, whatever statement writes it.';

COMMENT ON COLUMN vault.secrets.key_id IS 'The master key that opens this row, as in public.vault_key_state.';

CREATE VIEW vault.decrypted_secrets WITH (security_invoker='true') AS
 SELECT s.id,
    s.name,
    s.description,
    s.secret,
    vault.unsealed_value(s.id, s.name) AS decrypted_secret,
    s.key_id,
    s.nonce,
    s.created_at,
    s.updated_at
   FROM vault.secrets s
  WHERE vault.require_unsealed();

ALTER TABLE ONLY public.ai_models_registry
    ADD CONSTRAINT ai_models_registry_gateway_identifier_key UNIQUE (gateway_identifier);

ALTER TABLE ONLY public.ai_models_registry
    ADD CONSTRAINT ai_models_registry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ai_models_registry
    ADD CONSTRAINT ai_models_registry_price_id_key UNIQUE (price_id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_dedupe_key_key UNIQUE (dedupe_key);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.archived_usage_months
    ADD CONSTRAINT archived_usage_months_pkey PRIMARY KEY (month_start);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_accounts
    ADD CONSTRAINT auth_accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_accounts
    ADD CONSTRAINT auth_accounts_provider_id_account_id_key UNIQUE (provider_id, account_id);

ALTER TABLE ONLY public.auth_invitations
    ADD CONSTRAINT auth_invitations_hash_key UNIQUE (hash);

ALTER TABLE ONLY public.auth_invitations
    ADD CONSTRAINT auth_invitations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_rate_limits
    ADD CONSTRAINT auth_rate_limits_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.auth_sessions
    ADD CONSTRAINT auth_sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_sessions
    ADD CONSTRAINT auth_sessions_token_key UNIQUE (token);

ALTER TABLE ONLY public.auth_two_factors
    ADD CONSTRAINT auth_two_factors_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_two_factors
    ADD CONSTRAINT auth_two_factors_user_id_key UNIQUE (user_id);

ALTER TABLE ONLY public.auth_users
    ADD CONSTRAINT auth_users_email_key UNIQUE (email);

ALTER TABLE ONLY public.auth_users
    ADD CONSTRAINT auth_users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_verifications
    ADD CONSTRAINT auth_verifications_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.budget_adjustments
    ADD CONSTRAINT budget_adjustments_call_id_budget_id_key UNIQUE NULLS NOT DISTINCT (call_id, budget_id);

ALTER TABLE ONLY public.budget_adjustments
    ADD CONSTRAINT budget_adjustments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.budget_holds
    ADD CONSTRAINT budget_holds_pkey PRIMARY KEY (call_id, budget_id);

ALTER TABLE ONLY public.budget_periods
    ADD CONSTRAINT budget_periods_pkey PRIMARY KEY (budget_id, period_start);

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.call_admissions
    ADD CONSTRAINT call_admissions_pkey PRIMARY KEY (call_id);

ALTER TABLE ONLY public.call_places
    ADD CONSTRAINT call_places_pkey PRIMARY KEY (call_id, scope);

ALTER TABLE ONLY public.catraca_changes
    ADD CONSTRAINT catraca_changes_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.catraca_migrations
    ADD CONSTRAINT catraca_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.client_api_keys
    ADD CONSTRAINT client_api_keys_hash_key UNIQUE (hash);

ALTER TABLE ONLY public.client_api_keys
    ADD CONSTRAINT client_api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.client_guardrails
    ADD CONSTRAINT client_guardrails_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.client_semantic_cache
    ADD CONSTRAINT client_semantic_cache_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.erased_contacts
    ADD CONSTRAINT erased_contacts_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.exchange_rates
    ADD CONSTRAINT exchange_rates_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exchange_rates
    ADD CONSTRAINT exchange_rates_quote UNIQUE (currency_pair, source, quoted_at);

ALTER TABLE ONLY public.gateway_usage_logs
    ADD CONSTRAINT gateway_usage_logs_pkey PRIMARY KEY (call_id, created_at);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (client_id, key_hash);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_wamid_key UNIQUE (wamid);

ALTER TABLE ONLY public.model_prices
    ADD CONSTRAINT model_prices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.model_routes
    ADD CONSTRAINT model_routes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notification_channels
    ADD CONSTRAINT notification_channels_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_alert_id_channel_id_attempt_key UNIQUE (alert_id, channel_id, attempt);

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.plan_budgets
    ADD CONSTRAINT plan_budgets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.plan_budgets
    ADD CONSTRAINT plan_budgets_plan_budget_type_budget_period_key UNIQUE (plan, budget_type, budget_period);

ALTER TABLE ONLY public.providers
    ADD CONSTRAINT providers_name_key UNIQUE (name);

ALTER TABLE ONLY public.providers
    ADD CONSTRAINT providers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rate_windows
    ADD CONSTRAINT rate_windows_pkey PRIMARY KEY (scope, id, unit);

ALTER TABLE ONLY public.response_cache
    ADD CONSTRAINT response_cache_pkey PRIMARY KEY (client_id, key_hash);

ALTER TABLE ONLY public.shared_gateway_config
    ADD CONSTRAINT shared_gateway_config_only_row_key UNIQUE (only_row);

ALTER TABLE ONLY public.shared_gateway_config
    ADD CONSTRAINT shared_gateway_config_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.usage_days
    ADD CONSTRAINT usage_days_pkey PRIMARY KEY (client_id, day, provider, model_name, api_type);

ALTER TABLE ONLY public.usage_dead_letters
    ADD CONSTRAINT usage_dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.usage_rollups
    ADD CONSTRAINT usage_rollups_pkey PRIMARY KEY (client_id, hour, provider, model_name, api_type);

ALTER TABLE ONLY public.vault_key_state
    ADD CONSTRAINT vault_key_state_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.whatsapp_answers
    ADD CONSTRAINT whatsapp_answers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.whatsapp_channels
    ADD CONSTRAINT whatsapp_channels_phone_number_id_key UNIQUE (phone_number_id);

ALTER TABLE ONLY public.whatsapp_channels
    ADD CONSTRAINT whatsapp_channels_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.whatsapp_tools
    ADD CONSTRAINT whatsapp_tools_channel_id_name_key UNIQUE (channel_id, name);

ALTER TABLE ONLY public.whatsapp_tools
    ADD CONSTRAINT whatsapp_tools_pkey PRIMARY KEY (id);

ALTER TABLE ONLY vault.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (id);

CREATE INDEX alerts_budget_id ON public.alerts USING btree (budget_id);

CREATE INDEX alerts_client_id ON public.alerts USING btree (client_id, created_at DESC);

CREATE INDEX alerts_created_at ON public.alerts USING btree (created_at DESC);

CREATE INDEX alerts_undelivered ON public.alerts USING btree (created_at) WHERE (delivered_at IS NULL);

CREATE INDEX audit_log_row ON public.audit_log USING btree (table_name, row_id, at DESC);

CREATE INDEX auth_accounts_user ON public.auth_accounts USING btree (user_id);

CREATE UNIQUE INDEX auth_invitations_open ON public.auth_invitations USING btree (COALESCE(email, ''::text)) WHERE ((used_at IS NULL) AND (revoked_at IS NULL));

CREATE INDEX auth_rate_limits_age ON public.auth_rate_limits USING btree (last_try_at);

CREATE INDEX auth_sessions_user ON public.auth_sessions USING btree (user_id);

CREATE INDEX auth_users_client ON public.auth_users USING btree (client_id);

CREATE INDEX auth_verifications_identifier ON public.auth_verifications USING btree (identifier);

CREATE INDEX auth_verifications_value ON public.auth_verifications USING btree (value);

CREATE INDEX budget_holds_budget_id ON public.budget_holds USING btree (budget_id);

CREATE INDEX budgets_client_id ON public.budgets USING btree (client_id);

CREATE UNIQUE INDEX budgets_from_plan ON public.budgets USING btree (client_id, plan_budget_id) WHERE ((plan_budget_id IS NOT NULL) AND (retired_at IS NULL));

CREATE UNIQUE INDEX budgets_own ON public.budgets USING btree (client_id, budget_type, budget_period) WHERE (origin_id IS NULL);

CREATE INDEX call_admissions_expires_at ON public.call_admissions USING btree (expires_at);

CREATE INDEX call_places_scope ON public.call_places USING btree (scope, id, expires_at);

CREATE INDEX client_api_keys_client_id ON public.client_api_keys USING btree (client_id);

CREATE UNIQUE INDEX conversations_channel_phone ON public.conversations USING btree (channel_id, phone);

CREATE INDEX conversations_client_id ON public.conversations USING btree (client_id, last_message_at DESC);

CREATE INDEX erased_contacts_client_id ON public.erased_contacts USING btree (client_id);

CREATE INDEX gateway_usage_logs_client ON ONLY public.gateway_usage_logs USING btree (client_id, created_at DESC);

CREATE INDEX gateway_usage_logs_created_at ON ONLY public.gateway_usage_logs USING btree (created_at DESC);

CREATE INDEX gateway_usage_logs_failed ON ONLY public.gateway_usage_logs USING btree (created_at DESC) WHERE ((status <> 'ok'::text) OR was_fallback);

CREATE INDEX gateway_usage_logs_kind ON ONLY public.gateway_usage_logs USING btree (created_at DESC) WHERE (api_type <> 'chat'::text);

CREATE INDEX gateway_usage_logs_source ON ONLY public.gateway_usage_logs USING btree (created_at DESC) WHERE (source <> 'api'::text);

CREATE INDEX gateway_usage_logs_orphaned ON ONLY public.gateway_usage_logs USING btree (created_at DESC) WHERE (status = 'orphaned'::text);

CREATE INDEX gateway_usage_logs_model ON ONLY public.gateway_usage_logs USING btree (model_name, created_at DESC);

CREATE INDEX idempotency_keys_created ON public.idempotency_keys USING btree (created_at);

CREATE INDEX messages_answer ON public.messages USING btree (answer_id, part);

CREATE INDEX messages_conversation ON public.messages USING btree (client_id, conversation_id, created_at);

CREATE INDEX messages_newest ON public.messages USING btree (created_at DESC, id DESC);

CREATE INDEX messages_order ON public.messages USING btree (conversation_id, seq);

CREATE INDEX messages_pending ON public.messages USING btree (conversation_id) WHERE needs_answer;

CREATE INDEX model_prices_model ON public.model_prices USING btree (model_id, valid_from);

CREATE UNIQUE INDEX model_routes_alias ON public.model_routes USING btree (alias, client_id) NULLS NOT DISTINCT;

CREATE INDEX model_routes_client_id ON public.model_routes USING btree (client_id);

CREATE UNIQUE INDEX notification_channels_address ON public.notification_channels USING btree (client_id, kind, public.notification_address_key(kind, address)) NULLS NOT DISTINCT;

CREATE INDEX notification_channels_client_id ON public.notification_channels USING btree (client_id);

CREATE UNIQUE INDEX notification_channels_follows_client ON public.notification_channels USING btree (client_id, kind) WHERE follows_client;

CREATE INDEX notification_channels_whatsapp_channel_id ON public.notification_channels USING btree (whatsapp_channel_id);

CREATE INDEX notification_deliveries_channel_id ON public.notification_deliveries USING btree (channel_id, id DESC);

CREATE INDEX notification_deliveries_due ON public.notification_deliveries USING btree (channel_id, due_at) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX notification_deliveries_pending ON public.notification_deliveries USING btree (alert_id, channel_id) WHERE (status = 'pending'::text);

CREATE INDEX response_cache_created ON public.response_cache USING btree (created_at);

CREATE INDEX response_cache_room ON public.response_cache USING btree (client_id, room_hash, created_at) WHERE (room_hash IS NOT NULL);

CREATE INDEX usage_days_day ON public.usage_days USING btree (day);

CREATE UNIQUE INDEX usage_dead_letters_call_id ON public.usage_dead_letters USING btree (call_id);

CREATE INDEX usage_rollups_hour ON public.usage_rollups USING btree (hour);

CREATE INDEX whatsapp_answers_client ON public.whatsapp_answers USING btree (client_id, created_at);

CREATE INDEX whatsapp_answers_conversation ON public.whatsapp_answers USING btree (conversation_id, created_at);

CREATE UNIQUE INDEX whatsapp_answers_open ON public.whatsapp_answers USING btree (conversation_id) WHERE (state = ANY (ARRAY['asking'::text, 'sending'::text]));

CREATE INDEX whatsapp_channels_client_id ON public.whatsapp_channels USING btree (client_id);

CREATE INDEX whatsapp_tools_client_id ON public.whatsapp_tools USING btree (client_id);

CREATE UNIQUE INDEX secrets_name_key ON vault.secrets USING btree (name) WHERE (name IS NOT NULL);

CREATE TRIGGER alert_dead_letters AFTER INSERT ON public.usage_dead_letters REFERENCING NEW TABLE AS kept FOR EACH STATEMENT EXECUTE FUNCTION public.alert_dead_letters();

CREATE TRIGGER alert_usage_rows AFTER INSERT ON public.gateway_usage_logs REFERENCING NEW TABLE AS booked FOR EACH STATEMENT EXECUTE FUNCTION public.alert_usage_rows();

CREATE TRIGGER announce AFTER INSERT ON public.alerts FOR EACH ROW EXECUTE FUNCTION public.alert_announce();

CREATE TRIGGER announce AFTER INSERT OR UPDATE OF due_at ON public.notification_deliveries FOR EACH ROW WHEN (((new.status = 'pending'::text) AND (new.due_at <= now()))) EXECUTE FUNCTION public.notification_announce();

CREATE TRIGGER append_only BEFORE UPDATE ON public.exchange_rates FOR EACH ROW EXECUTE FUNCTION public.exchange_rates_append_only();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.ai_models_registry FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF email, role, client_id, disabled_at ON public.auth_users FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.budgets FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, allowed_models, requests_per_minute, tokens_per_minute, max_concurrent_calls, expires_at, revoked_at ON public.client_api_keys FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.client_guardrails FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.client_semantic_cache FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.clients FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.model_routes FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF address, secret_id, alert_kinds, locale, is_active, whatsapp_channel_id, template_name, template_language ON public.notification_channels FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.providers FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.shared_gateway_config FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.whatsapp_channels FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON public.whatsapp_tools FOR EACH ROW EXECUTE FUNCTION public.catraca_audit();

CREATE TRIGGER before_write BEFORE INSERT OR UPDATE ON public.ai_models_registry FOR EACH ROW EXECUTE FUNCTION public.ai_models_registry_before_write();

CREATE TRIGGER change_budgets AFTER UPDATE ON public.clients REFERENCING OLD TABLE AS clients_before NEW TABLE AS clients_after FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_clients_changed();

CREATE TRIGGER changed AFTER UPDATE ON public.budgets REFERENCING OLD TABLE AS budgets_before NEW TABLE AS budgets_after FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_budgets_changed();

CREATE TRIGGER check_time_zone BEFORE INSERT OR UPDATE OF time_zone ON public.clients FOR EACH ROW EXECUTE FUNCTION public.catraca_check_time_zone();

CREATE TRIGGER copy_changed_budgets AFTER UPDATE ON public.plan_budgets REFERENCING OLD TABLE AS plans_before NEW TABLE AS plans_after FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_plan_budgets_changed();

CREATE TRIGGER copy_new_budgets AFTER INSERT ON public.plan_budgets REFERENCING NEW TABLE AS plans_after FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_plan_budgets_changed();

CREATE TRIGGER copy_plan_budgets AFTER INSERT ON public.clients FOR EACH ROW EXECUTE FUNCTION public.catraca_client_plan_changed();

CREATE TRIGGER follow_client AFTER UPDATE OF notification_email, notification_webhook_url, notification_whatsapp ON public.clients FOR EACH ROW WHEN ((((old.notification_email IS DISTINCT FROM new.notification_email) OR (old.notification_webhook_url IS DISTINCT FROM new.notification_webhook_url)) OR (old.notification_whatsapp IS DISTINCT FROM new.notification_whatsapp))) EXECUTE FUNCTION public.notification_follow_client();

CREATE TRIGGER follow_new_client AFTER INSERT ON public.clients FOR EACH ROW WHEN ((COALESCE(new.notification_email, new.notification_webhook_url, new.notification_whatsapp) IS NOT NULL)) EXECUTE FUNCTION public.notification_follow_client();

CREATE TRIGGER keep_price AFTER INSERT OR DELETE OR UPDATE ON public.ai_models_registry FOR EACH ROW EXECUTE FUNCTION public.ai_models_registry_keep_price();

CREATE TRIGGER lock_copies BEFORE DELETE ON public.plan_budgets FOR EACH ROW EXECUTE FUNCTION public.catraca_plan_budget_deleted();

CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON public.ai_models_registry FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change BEFORE INSERT OR DELETE OR UPDATE ON public.budgets FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change BEFORE INSERT OR DELETE OR UPDATE OF allowed_models, requests_per_minute, tokens_per_minute, max_concurrent_calls, expires_at, revoked_at ON public.client_api_keys FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change BEFORE INSERT OR DELETE OR UPDATE ON public.client_guardrails FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change BEFORE INSERT OR DELETE OR UPDATE ON public.client_semantic_cache FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change BEFORE INSERT OR DELETE OR UPDATE ON public.clients FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change BEFORE INSERT OR DELETE OR UPDATE ON public.model_routes FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change BEFORE INSERT OR DELETE OR UPDATE ON public.plan_budgets FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON public.providers FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change AFTER INSERT OR DELETE OR UPDATE ON public.shared_gateway_config FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER note_change BEFORE INSERT OR DELETE OR UPDATE ON public.whatsapp_channels FOR EACH STATEMENT EXECUTE FUNCTION public.catraca_note_change();

CREATE TRIGGER remove_holds AFTER DELETE ON public.budgets FOR EACH ROW EXECUTE FUNCTION public.catraca_remove_holds();

CREATE TRIGGER retire BEFORE UPDATE OF budget_type, budget_period ON public.budgets FOR EACH ROW WHEN (((old.budget_type IS DISTINCT FROM new.budget_type) OR (old.budget_period IS DISTINCT FROM new.budget_period))) EXECUTE FUNCTION public.catraca_retire_budget();

CREATE TRIGGER roll_up_late_truth AFTER INSERT ON public.budget_adjustments REFERENCING NEW TABLE AS adjusted FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_late_truth();

CREATE TRIGGER roll_up_usage AFTER INSERT ON public.gateway_usage_logs REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.roll_up_usage();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.budgets FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.client_guardrails FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.client_semantic_cache FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.clients FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.model_routes FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE OF address, secret_id, alert_kinds, locale, is_active, whatsapp_channel_id, template_name, template_language ON public.notification_channels FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.providers FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.shared_gateway_config FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.whatsapp_answers FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.whatsapp_channels FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.whatsapp_tools FOR EACH ROW EXECUTE FUNCTION public.catraca_touch_updated_at();

CREATE TRIGGER notify_change AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON vault.secrets FOR EACH STATEMENT EXECUTE FUNCTION vault.notify_change();

CREATE TRIGGER seal_secret BEFORE INSERT OR UPDATE ON vault.secrets FOR EACH ROW EXECUTE FUNCTION vault.seal_secret();

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_budget_id_fkey FOREIGN KEY (budget_id) REFERENCES public.budgets(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.auth_accounts
    ADD CONSTRAINT auth_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.auth_invitations
    ADD CONSTRAINT auth_invitations_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.auth_sessions
    ADD CONSTRAINT auth_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.auth_two_factors
    ADD CONSTRAINT auth_two_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.auth_users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.auth_users
    ADD CONSTRAINT auth_users_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.budget_periods
    ADD CONSTRAINT budget_periods_budget_id_fkey FOREIGN KEY (budget_id) REFERENCES public.budgets(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_plan_budget_id_fkey FOREIGN KEY (plan_budget_id) REFERENCES public.plan_budgets(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.client_api_keys
    ADD CONSTRAINT client_api_keys_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.client_guardrails
    ADD CONSTRAINT client_guardrails_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.client_semantic_cache
    ADD CONSTRAINT client_semantic_cache_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES public.whatsapp_channels(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.erased_contacts
    ADD CONSTRAINT erased_contacts_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE public.gateway_usage_logs
    ADD CONSTRAINT gateway_usage_logs_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES public.whatsapp_answers(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.model_prices
    ADD CONSTRAINT model_prices_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.ai_models_registry(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.model_routes
    ADD CONSTRAINT model_routes_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.notification_channels
    ADD CONSTRAINT notification_channels_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.notification_channels
    ADD CONSTRAINT notification_channels_whatsapp_channel_id_fkey FOREIGN KEY (whatsapp_channel_id) REFERENCES public.whatsapp_channels(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alerts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.notification_deliveries
    ADD CONSTRAINT notification_deliveries_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES public.notification_channels(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.response_cache
    ADD CONSTRAINT response_cache_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.usage_days
    ADD CONSTRAINT usage_days_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.usage_rollups
    ADD CONSTRAINT usage_rollups_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.whatsapp_answers
    ADD CONSTRAINT whatsapp_answers_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.whatsapp_answers
    ADD CONSTRAINT whatsapp_answers_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.whatsapp_channels
    ADD CONSTRAINT whatsapp_channels_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.whatsapp_tools
    ADD CONSTRAINT whatsapp_tools_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES public.whatsapp_channels(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.whatsapp_tools
    ADD CONSTRAINT whatsapp_tools_client_id_fkey FOREIGN KEY (client_id) REFERENCES public.clients(id) ON DELETE CASCADE;

CREATE POLICY active_models ON public.ai_models_registry FOR SELECT TO authenticated USING (is_active);

ALTER TABLE public.ai_models_registry ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alerts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.archived_usage_months ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_log ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auth_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auth_invitations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auth_rate_limits ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auth_sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auth_two_factors ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auth_users ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.auth_verifications ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budget_adjustments ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budget_holds ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budget_periods ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budgets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.call_admissions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.call_places ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.catraca_changes ENABLE ROW LEVEL SECURITY;

CREATE POLICY catraca_gateway_all ON public.ai_models_registry TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.alerts TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.archived_usage_months TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.audit_log TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.budget_adjustments TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.budget_holds TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.budget_periods TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.budgets TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.call_admissions TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.call_places TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.catraca_changes TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.client_api_keys TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.client_guardrails TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.client_semantic_cache TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.clients TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.conversations TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.erased_contacts TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.exchange_rates TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.gateway_usage_logs TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.idempotency_keys TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.messages TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.model_prices TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.model_routes TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.notification_channels TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.notification_deliveries TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.plan_budgets TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.providers TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.rate_windows TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.response_cache TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.shared_gateway_config TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.usage_days TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.usage_dead_letters TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.usage_rollups TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.vault_key_state TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.whatsapp_answers TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.whatsapp_channels TO catraca_gateway USING (true) WITH CHECK (true);

CREATE POLICY catraca_gateway_all ON public.whatsapp_tools TO catraca_gateway USING (true) WITH CHECK (true);

ALTER TABLE public.catraca_migrations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.client_api_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.client_guardrails ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.client_semantic_cache ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.clients ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.erased_contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.exchange_rates ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.gateway_usage_logs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.model_prices ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.model_routes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_channels ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.notification_deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.plan_budgets ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.providers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rate_windows ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.response_cache ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.shared_gateway_config ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.usage_days ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.usage_dead_letters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.usage_rollups ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.vault_key_state ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.whatsapp_answers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.whatsapp_channels ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.whatsapp_tools ENABLE ROW LEVEL SECURITY;

CREATE POLICY gateway_uses_secrets ON vault.secrets TO catraca_gateway USING (true) WITH CHECK (true);

ALTER TABLE vault.secrets ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA vault TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ai_models_registry_before_write() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ai_models_registry_keep_price() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.alert_announce() FROM PUBLIC;
GRANT ALL ON FUNCTION public.alert_announce() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.alert_budget_details(p_budget_id uuid, p_period_end timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.alert_budget_details(p_budget_id uuid, p_period_end timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.alert_budget_key(p_kind text, p_budget_id uuid, p_period_start timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.alert_budget_key(p_kind text, p_budget_id uuid, p_period_start timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.alert_dead_letters() FROM PUBLIC;
GRANT ALL ON FUNCTION public.alert_dead_letters() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.alert_stale_rate(p_rate numeric, p_source text, p_rate_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.alert_stale_rate(p_rate numeric, p_source text, p_rate_at timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.alert_usage_rows() FROM PUBLIC;
GRANT ALL ON FUNCTION public.alert_usage_rows() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.archive_usage_months(p_keep integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.archive_usage_months(p_keep integer) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.auth_take_try(p_keys text[], p_most integer, p_window interval) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.budget_current_usage(p_budget_id uuid, p_type text, p_period text, p_client_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.budget_current_usage(p_budget_id uuid, p_type text, p_period text, p_client_id uuid) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.budget_period_end(period text, time_zone text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.budget_period_end(period text, time_zone text, at timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.budget_period_start(period text, time_zone text, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.budget_period_start(period text, time_zone text, at timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_audit() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_audit() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_budgets_changed() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_budgets_changed() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_check_time_zone() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_check_time_zone() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_client_plan_changed() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_client_plan_changed() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_clients_changed() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_clients_changed() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_copy_plan_budgets(p_client_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_copy_plan_budgets(p_client_ids uuid[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_note_change() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_note_change() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_plan_budget_deleted() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_plan_budget_deleted() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_plan_budgets_changed() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_plan_budgets_changed() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_remove_holds() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_remove_holds() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_retire_budget() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_retire_budget() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.catraca_secure(target regclass) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.catraca_sequences_of(target regclass) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.catraca_touch_updated_at() FROM PUBLIC;
GRANT ALL ON FUNCTION public.catraca_touch_updated_at() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.client_has_hard_budget(p_client_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.client_has_hard_budget(p_client_id uuid) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.client_is_paused(p_client_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.client_is_paused(p_client_id uuid) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.drop_archived_usage(p_month date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.ensure_usage_partition(at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ensure_usage_partition(at timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ensure_usage_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION public.ensure_usage_partitions() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.exchange_rates_append_only() FROM PUBLIC;

REVOKE ALL ON FUNCTION public.first_midnight(midnight timestamp with time zone, time_zone text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.first_midnight(midnight timestamp with time zone, time_zone text) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_adjust(p_records jsonb, p_late uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_adjust(p_records jsonb, p_late uuid[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_alert(p_moves public.ledger_move[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_alert(p_moves public.ledger_move[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_alert_refusal(p_budget_id uuid, p_period_end timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_alert_refusal(p_budget_id uuid, p_period_end timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_bound_amount(p_bound jsonb, p_output bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_bound_amount(p_bound jsonb, p_output bigint) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_budgets(p_clients uuid[], p_now timestamp with time zone, p_lock boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_budgets(p_clients uuid[], p_now timestamp with time zone, p_lock boolean) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_contact_hash(p_client text, p_phone text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_contact_hash(p_client text, p_phone text) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_describe(p_budget public.ledger_budget, p_added bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_describe(p_budget public.ledger_budget, p_added bigint) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_erasing_lock() FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_erasing_lock() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_expire(p_most integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_expire(p_most integer) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_expire_one(p_record jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_expire_one(p_record jsonb) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_late_moves(p_late uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_late_moves(p_late uuid[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_lock_budgets(p_retired uuid[], p_changed uuid[], p_deleted uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_lock_budgets(p_retired uuid[], p_changed uuid[], p_deleted uuid[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_make_periods(p_budget_ids uuid[], p_instants timestamp with time zone[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_make_periods(p_budget_ids uuid[], p_instants timestamp with time zone[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_now() FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_now() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_opened_calls(p_budget_ids uuid[], p_call_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_opened_calls(p_budget_ids uuid[], p_call_ids uuid[]) TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.budget_periods TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_period_limit(p public.budget_periods, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_period_limit(p public.budget_periods, at timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_place_unadmitted(p_records jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_place_unadmitted(p_records jsonb) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_refusal(p_call jsonb, p_budgets public.ledger_budget[], p_mine integer[], OUT outcome text, OUT budget integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_refusal(p_call jsonb, p_budgets public.ledger_budget[], p_mine integer[], OUT outcome text, OUT budget integer) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_reserve(p_calls jsonb, p_replica text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_reserve(p_calls jsonb, p_replica text) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_reserve_more(p_call_id uuid, p_bounds jsonb, p_output bigint, p_min_output bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_reserve_more(p_call_id uuid, p_bounds jsonb, p_output bigint, p_min_output bigint) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_row_amount(p_type text, p_tokens bigint, p_usd numeric, p_brl numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_row_amount(p_type text, p_tokens bigint, p_usd numeric, p_brl numeric) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_settle(p_records jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_settle(p_records jsonb) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_succeed_budgets(p_retired uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_succeed_budgets(p_retired uuid[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.ledger_without_erased(p_records jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ledger_without_erased(p_records jsonb) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.notification_address_key(p_kind text, p_address text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.notification_address_key(p_kind text, p_address text) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.notification_announce() FROM PUBLIC;
GRANT ALL ON FUNCTION public.notification_announce() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.notification_channels_of(p_alert_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.notification_channels_of(p_alert_id uuid) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.notification_follow_client() FROM PUBLIC;
GRANT ALL ON FUNCTION public.notification_follow_client() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.notification_undelivered(p_whatsapp_channel uuid, p_failures jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.notification_undelivered(p_whatsapp_channel uuid, p_failures jsonb) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.places_take(p_calls jsonb, p_over uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.places_take(p_calls jsonb, p_over uuid[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.rate_forget() FROM PUBLIC;
GRANT ALL ON FUNCTION public.rate_forget() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.rate_take(p_takes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.rate_take(p_takes jsonb) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.rebuild_usage_day(p_day date) FROM PUBLIC;

REVOKE ALL ON FUNCTION public.roll_up_late_truth() FROM PUBLIC;
GRANT ALL ON FUNCTION public.roll_up_late_truth() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.roll_up_usage() FROM PUBLIC;
GRANT ALL ON FUNCTION public.roll_up_usage() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.semantic_cache_nearest(p_client_id uuid, p_room_hash bytea, p_embedding real[], p_similarity double precision, p_max_age_ms double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION public.semantic_cache_nearest(p_client_id uuid, p_room_hash bytea, p_embedding real[], p_similarity double precision, p_max_age_ms double precision) TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usage_rollups TO catraca_gateway;

REVOKE ALL ON FUNCTION public.usage_add(p_deltas public.usage_rollups[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.usage_add(p_deltas public.usage_rollups[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.usage_latency_bucket(p_status text, p_was_cached boolean, p_latency_ms integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.usage_latency_bucket(p_status text, p_was_cached boolean, p_latency_ms integer) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.usage_month_name(p_start timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.usage_month_name(p_start timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.usage_recount(p_from timestamp with time zone, p_to timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.usage_recount(p_from timestamp with time zone, p_to timestamp with time zone) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.usage_sketch_add(p_sketch integer[], p_more integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.usage_sketch_add(p_sketch integer[], p_more integer[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.usage_sketch_of(p_buckets integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.usage_sketch_of(p_buckets integer[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_erase_contact(p_client uuid, p_phone text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_erase_contact(p_client uuid, p_phone text) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_export_contact(p_client uuid, p_phone text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_export_contact(p_client uuid, p_phone text) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_forget_old() FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_forget_old() TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_hurry(p_channel uuid, p_phones text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_hurry(p_channel uuid, p_phones text[]) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_join_answer(p_answer uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_join_answer(p_answer uuid) TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.whatsapp_answers TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_open_answer(p_conversation uuid, p_pause_ms integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_open_answer(p_conversation uuid, p_pause_ms integer) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_queue_answer(p_conversation uuid, p_is_simulated boolean, p_pause_ms integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_queue_answer(p_conversation uuid, p_is_simulated boolean, p_pause_ms integer) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_receive(p_channel uuid, p_messages jsonb, p_statuses jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_receive(p_channel uuid, p_messages jsonb, p_statuses jsonb) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_rescue(p_lease_ms double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_rescue(p_lease_ms double precision) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.whatsapp_status_rank(p_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.whatsapp_status_rank(p_status text) TO catraca_gateway;

REVOKE ALL ON FUNCTION vault.create_secret(new_secret text, new_name text, new_description text, new_key_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.create_secret(new_secret text, new_name text, new_description text, new_key_id uuid) TO catraca_gateway;

REVOKE ALL ON FUNCTION vault.hush_log() FROM PUBLIC;
GRANT ALL ON FUNCTION vault.hush_log() TO catraca_gateway;

REVOKE ALL ON FUNCTION vault.notify_change() FROM PUBLIC;
GRANT ALL ON FUNCTION vault.notify_change() TO catraca_gateway;

REVOKE ALL ON FUNCTION vault.require_unsealed() FROM PUBLIC;
GRANT ALL ON FUNCTION vault.require_unsealed() TO catraca_gateway;

REVOKE ALL ON FUNCTION vault.seal_secret() FROM PUBLIC;
GRANT ALL ON FUNCTION vault.seal_secret() TO catraca_gateway;

REVOKE ALL ON FUNCTION vault.unseal(opened text) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.unseal(opened text) TO catraca_gateway;

REVOKE ALL ON FUNCTION vault.unsealed_value(secret_id uuid, secret_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.unsealed_value(secret_id uuid, secret_name text) TO catraca_gateway;

REVOKE ALL ON FUNCTION vault.update_secret(secret_id uuid, new_secret text, new_name text, new_description text, new_key_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION vault.update_secret(secret_id uuid, new_secret text, new_name text, new_description text, new_key_id uuid) TO catraca_gateway;

REVOKE ALL ON FUNCTION public.usage_sketch_sum(integer[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.usage_sketch_sum(integer[]) TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.ai_models_registry TO catraca_gateway;
GRANT SELECT ON TABLE public.ai_models_registry TO authenticated;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.alerts TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.archived_usage_months TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.audit_log TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.budget_adjustments TO catraca_gateway;

GRANT SELECT ON TABLE public.budget_alerts TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.budget_holds TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.budgets TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.call_admissions TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.call_places TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.catraca_changes TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.client_api_keys TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.client_budgets TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.client_guardrails TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.client_semantic_cache TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.clients TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.conversations TO catraca_gateway;

GRANT SELECT ON TABLE public.effective_budgets TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.erased_contacts TO catraca_gateway;

GRANT SELECT,INSERT ON TABLE public.exchange_rates TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.gateway_usage_logs TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.messages TO catraca_gateway;

GRANT SELECT ON TABLE public.model_prices TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.model_routes TO catraca_gateway;

GRANT SELECT ON TABLE public.notification_channels TO catraca_gateway;

GRANT UPDATE(failing_since) ON TABLE public.notification_channels TO catraca_gateway;

GRANT UPDATE(last_error) ON TABLE public.notification_channels TO catraca_gateway;

GRANT UPDATE(last_error_code) ON TABLE public.notification_channels TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_deliveries TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.plan_budgets TO catraca_gateway;

GRANT SELECT ON TABLE public.providers TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.rate_windows TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.response_cache TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.shared_gateway_config TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usage_days TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.usage_dead_letters TO catraca_gateway;

GRANT SELECT ON TABLE public.usage_facts TO catraca_gateway;

GRANT SELECT ON TABLE public.usage_orphans TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.vault_key_state TO catraca_gateway;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.whatsapp_channels TO catraca_gateway;

GRANT SELECT ON TABLE public.whatsapp_tools TO catraca_gateway;

GRANT SELECT,INSERT,UPDATE ON TABLE vault.secrets TO catraca_gateway;

GRANT SELECT ON TABLE vault.decrypted_secrets TO catraca_gateway;

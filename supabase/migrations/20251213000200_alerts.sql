-- Alerts: facts that somebody must be told, each written once, in the transaction that books what it is about. The table is the outbox
-- as well: the server's jobs queue what has no queued_at, and set delivered_at once it was delivered.
create table alerts (
  id uuid primary key default gen_random_uuid(),
  kind text not null
    check (kind in ('budget_threshold', 'budget_exceeded', 'orphaned_calls', 'unpriced_model', 'stale_exchange_rate', 'dead_letter')),
  client_id uuid references clients on delete cascade,
  budget_id uuid references budgets on delete cascade,
  period_start timestamptz,
  threshold smallint check (threshold in (80, 90, 100)),
  -- As in budget_periods, at the moment of the alert.
  used bigint,
  "limit" bigint,
  -- What else the words need, by kind. Facts only: the words are made when it is delivered.
  details jsonb not null default '{}',
  dedupe_key text not null unique,
  created_at timestamptz not null default now(),
  queued_at timestamptz,
  delivered_at timestamptz,
  check ((kind = 'budget_threshold') = (threshold is not null)),
  check (kind not in ('budget_threshold', 'budget_exceeded')
    or (client_id is not null and budget_id is not null and period_start is not null and used is not null and "limit" is not null))
);
comment on column alerts.dedupe_key is 'what it is about: the kind and, by kind, budget, period, threshold, client, hour, model or day';
create index alerts_undelivered on alerts (created_at) where delivered_at is null;
create index alerts_client_id on alerts (client_id, created_at desc);
create index alerts_budget_id on alerts (budget_id);
create index alerts_created_at on alerts (created_at desc);
select catraca_secure('alerts');

-- The key of what is about a budget in a period.
create function alert_budget_key(p_kind text, p_budget_id uuid, p_period_start timestamptz) returns text
language sql
immutable
as $$ select p_kind || ':' || p_budget_id || ':' || extract(epoch from p_period_start)::bigint $$;

create function alert_budget_details(p_budget_id uuid, p_period_end timestamptz) returns jsonb
language sql
stable
as $$
  select jsonb_build_object('budget_type', b.budget_type, 'budget_period', b.budget_period, 'is_hard', b.pause_at_limit,
    'period_end', to_char(p_period_end at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'time_zone', c.time_zone)
  from budgets b join clients c on c.id = b.client_id
  where b.id = p_budget_id
$$;

insert into alerts (id, kind, client_id, budget_id, period_start, threshold, used, "limit", details, dedupe_key, created_at)
select a.id, 'budget_threshold', a.client_id, a.budget_id, a.period_start, a.threshold, a.used, a."limit",
  alert_budget_details(a.budget_id, p.period_end),
  alert_budget_key('budget_threshold', a.budget_id, a.period_start) || ':' || a.threshold, a.created_at
from budget_alerts a join budget_periods p on p.budget_id = a.budget_id and p.period_start = a.period_start;
drop table budget_alerts;

create view budget_alerts with (security_invoker = true) as
select id, client_id, budget_id, period_start, threshold, used, "limit", created_at from alerts where kind = 'budget_threshold';
revoke all on budget_alerts from public, anon, authenticated;
grant select on budget_alerts to catraca_gateway;

-- A row's trigger and not the statement's: a statement that inserts nothing must tell nobody.
create function alert_announce() returns trigger
language plpgsql
as $$
begin
  perform pg_notify('catraca_alert', '');
  return null;
end
$$;
create trigger announce after insert on alerts for each row execute function alert_announce();

-- Alerts of the thresholds that these periods have reached and of the limits that they have passed, each once a budget and period.
create or replace function ledger_alert(p_moves ledger_move[]) returns integer
language plpgsql
as $$
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

-- The first call that a hard budget refused in the period that ends then. Outside of reserve, so that no refusal waits for it.
create function ledger_alert_refusal(p_budget_id uuid, p_period_end timestamptz) returns void
language sql
as $$
  insert into alerts (kind, client_id, budget_id, period_start, used, "limit", details, dedupe_key)
  select 'budget_exceeded', b.client_id, p.budget_id, p.period_start, p.used, ledger_period_limit(p, ledger_now()),
    alert_budget_details(p.budget_id, p.period_end) || '{"reason": "refused"}',
    alert_budget_key('budget_exceeded', p.budget_id, p.period_start)
  from budget_periods p join budgets b on b.id = p.budget_id
  where p.budget_id = p_budget_id and p.period_end = p_period_end
  on conflict (dedupe_key) do nothing
$$;

-- A rate by which calls are converted although it is older than 72 hours: once a day.
create function alert_stale_rate(p_rate numeric, p_source text, p_rate_at timestamptz) returns void
language sql
as $$
  insert into alerts (kind, details, dedupe_key)
  values ('stale_exchange_rate',
    jsonb_build_object('rate', trim_scale(p_rate), 'source', p_source, 'rate_at', to_char(p_rate_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
    'stale_exchange_rate:' || to_char(ledger_now() at time zone 'UTC', 'YYYY-MM-DD'))
  on conflict (dedupe_key) do nothing
$$;

-- What the rows themselves tell. Most statements have nothing to tell and end with the first look.
create function alert_usage_rows() returns trigger
language plpgsql
as $$
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
create trigger alert_usage_rows after insert on gateway_usage_logs
  referencing new table as booked for each statement execute function alert_usage_rows();

create function alert_dead_letters() returns trigger
language plpgsql
as $$
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
create trigger alert_dead_letters after insert on usage_dead_letters
  referencing new table as kept for each statement execute function alert_dead_letters();

do $$
declare
  target regprocedure;
begin
  for target in
    select oid from pg_proc
    where pronamespace = 'public'::regnamespace
      and (proname like 'alert\_%' or proname in ('ledger_alert', 'ledger_alert_refusal'))
  loop
    execute format('revoke execute on function %s from public, anon, authenticated', target);
    execute format('grant execute on function %s to catraca_gateway', target);
  end loop;
end
$$;

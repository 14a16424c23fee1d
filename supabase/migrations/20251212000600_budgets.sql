-- Budgets and their periods. Amounts in budget_periods, budget_holds and budget_adjustments are integers: tokens, nano-dollars
-- or nano-reais, by the budget's type. See src/ledger/README.md for the invariants.

-- The only clock of the ledger. A function of its own, so that a test can set the database's time and nothing else can.
create function ledger_now() returns timestamptz
language sql
stable
as $$ select now() $$;

-- Both ends of the period that holds `at`, by the calendar of the time zone. Midnights that daylight saving skips are where
-- PostgreSQL puts them: at the first instant that exists.
create function budget_period_start(period text, time_zone text, at timestamptz) returns timestamptz
language sql
stable
as $$ select date_trunc(case period when 'daily' then 'day' when 'weekly' then 'week' else 'month' end, at, time_zone) $$;

create function budget_period_end(period text, time_zone text, at timestamptz) returns timestamptz
language sql
stable
as $$
  select (
    date_trunc(case period when 'daily' then 'day' when 'weekly' then 'week' else 'month' end, at at time zone time_zone)
    + case period when 'daily' then interval '1 day' when 'weekly' then interval '1 week' else interval '1 month' end
  ) at time zone time_zone
$$;

create table plan_budgets (
  id uuid primary key default gen_random_uuid(),
  plan text not null,
  budget_type text not null check (budget_type in ('tokens', 'brl', 'usd')),
  budget_limit numeric not null constraint budget_limit_is_positive check (budget_limit > 0 and budget_limit < 9000000000),
  budget_period text not null check (budget_period in ('daily', 'weekly', 'monthly')),
  alert_threshold_80 boolean not null default true,
  alert_threshold_90 boolean not null default true,
  alert_threshold_100 boolean not null default true,
  pause_at_limit boolean not null default false,
  unique (plan, budget_type, budget_period)
);
select catraca_secure('plan_budgets');

create table budgets (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references clients on delete cascade,
  budget_type text not null check (budget_type in ('tokens', 'brl', 'usd')),
  -- To stop a client, pause the budget or suspend the client: a limit of 0 would have no percentage. The upper bound keeps
  -- nano-units within a bigint.
  budget_limit numeric not null constraint budget_limit_is_positive check (budget_limit > 0 and budget_limit < 9000000000),
  budget_period text not null check (budget_period in ('daily', 'weekly', 'monthly')),
  alert_threshold_80 boolean not null default true,
  alert_threshold_90 boolean not null default true,
  alert_threshold_100 boolean not null default true,
  pause_at_limit boolean not null default false,
  is_paused boolean not null default false,
  -- Set on the copies that a plan's defaults make; they count only while the client has no budget of its own.
  plan_budget_id uuid references plan_budgets on delete cascade,
  limit_amount bigint not null generated always as (
    case budget_type when 'tokens' then floor(budget_limit) else floor(budget_limit * 1000000000) end
  ) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index budgets_own on budgets (client_id, budget_type, budget_period) where plan_budget_id is null;
create unique index budgets_from_plan on budgets (client_id, plan_budget_id) where plan_budget_id is not null;
create function catraca_keep_budget_kind() returns trigger
language plpgsql
as $$
begin
  raise exception 'the type and the period of a budget cannot change, because its counters are in them: delete it and make another'
    using errcode = '22023';
end
$$;
create trigger keep_kind before update of budget_type, budget_period on budgets
  for each row when ((old.budget_type, old.budget_period) is distinct from (new.budget_type, new.budget_period))
  execute function catraca_keep_budget_kind();
-- What reserve and settle look for, whichever the budget's origin: neither of the partial indexes serves that.
create index budgets_client_id on budgets (client_id);
create trigger touch_updated_at before update on budgets for each row execute function catraca_touch_updated_at();
create trigger note_change after insert or update or delete on budgets for each statement execute function catraca_note_change();
create trigger audit after insert or update or delete on budgets for each row execute function catraca_audit();
select catraca_secure('budgets');

create table budget_periods (
  budget_id uuid not null references budgets on delete cascade,
  period_start timestamptz not null,
  period_end timestamptz not null check (period_end > period_start),
  -- The limit as it stands, or as it stood when the period ended.
  "limit" bigint not null,
  used bigint not null default 0,
  reserved bigint not null default 0 check (reserved >= 0),
  primary key (budget_id, period_start)
) with (fillfactor = 50);
comment on table budget_periods is 'used and reserved change in place many times a second; the free half of each page keeps those updates off the index';
select catraca_secure('budget_periods');

create function catraca_carry_limit() returns trigger
language plpgsql
as $$
begin
  update budget_periods set "limit" = new.limit_amount where budget_id = new.id and period_end > ledger_now();
  return null;
end
$$;
create trigger carry_limit after update of budget_limit on budgets
  for each row when (old.budget_limit is distinct from new.budget_limit) execute function catraca_carry_limit();

-- A plan's defaults as rows of the client, so that they have periods and holds like any other budget.
create function catraca_copy_plan_budgets(p_client_ids uuid[]) returns void
language plpgsql
as $$
begin
  delete from budgets b using clients c, plan_budgets d
  where b.client_id = any (p_client_ids) and c.id = b.client_id and d.id = b.plan_budget_id and d.plan <> c.plan;

  insert into budgets (client_id, budget_type, budget_limit, budget_period, alert_threshold_80, alert_threshold_90, alert_threshold_100,
    pause_at_limit, plan_budget_id)
  select c.id, d.budget_type, d.budget_limit, d.budget_period, d.alert_threshold_80, d.alert_threshold_90, d.alert_threshold_100,
    d.pause_at_limit, d.id
  from clients c join plan_budgets d on d.plan = c.plan
  where c.id = any (p_client_ids)
  on conflict (client_id, plan_budget_id) where plan_budget_id is not null do update
  set budget_type = excluded.budget_type, budget_limit = excluded.budget_limit, budget_period = excluded.budget_period,
    alert_threshold_80 = excluded.alert_threshold_80, alert_threshold_90 = excluded.alert_threshold_90,
    alert_threshold_100 = excluded.alert_threshold_100, pause_at_limit = excluded.pause_at_limit;
end
$$;

create function catraca_client_plan_changed() returns trigger
language plpgsql
as $$
begin
  perform catraca_copy_plan_budgets(array[new.id]);
  return null;
end
$$;
create trigger copy_plan_budgets after insert or update of plan on clients for each row execute function catraca_client_plan_changed();

create function catraca_plan_budget_changed() returns trigger
language plpgsql
as $$
begin
  -- When a budget moves to another plan, the clients of the one that it leaves lose their copies.
  perform catraca_copy_plan_budgets(array(select id from clients where plan in (new.plan, old.plan)));
  return null;
end
$$;
create trigger copy_plan_budgets after insert or update on plan_budgets for each row execute function catraca_plan_budget_changed();

-- What counts: the client's own budgets, or, where it has none, its plan's.
create view effective_budgets with (security_invoker = true) as
select b.*, c.time_zone, c.slug
from budgets b join clients c on c.id = b.client_id
where b.plan_budget_id is null
  or not exists (select 1 from budgets own where own.client_id = b.client_id and own.plan_budget_id is null);
revoke all on effective_budgets from public, anon, authenticated;
grant select on effective_budgets to catraca_gateway;

create function budget_current_usage(p_budget_id uuid, p_type text, p_period text, p_client_id uuid) returns numeric
language sql
stable
as $$
  select trim_scale(coalesce((
    select case p_type when 'tokens' then p.used else p.used * 0.000000001 end
    from budget_periods p, clients c
    where p.budget_id = p_budget_id and c.id = p_client_id
      and p.period_start = budget_period_start(p_period, c.time_zone, ledger_now())
  ), 0))
$$;

-- The guide's table. A view, so that current_usage is right at any time, also just after midnight and with no traffic;
-- it takes the guide's INSERT, and UPDATE and DELETE, as a table does.
create view client_budgets with (security_invoker = true) as
select id, client_id, budget_type, budget_limit, budget_period, alert_threshold_80, alert_threshold_90, alert_threshold_100,
  pause_at_limit, is_paused,
  budget_current_usage(id, budget_type, budget_period, client_id) as current_usage,
  round(budget_current_usage(id, budget_type, budget_period, client_id) / budget_limit * 100, 2) as usage_percentage,
  plan_budget_id, created_at, updated_at
from budgets b
where plan_budget_id is null
  or not exists (select 1 from budgets own where own.client_id = b.client_id and own.plan_budget_id is null);
revoke all on client_budgets from public, anon, authenticated;
grant select, insert, update, delete on client_budgets to catraca_gateway;

create table call_admissions (
  call_id uuid primary key,
  client_id uuid not null,
  replica text not null,
  admitted_at timestamptz not null,
  expires_at timestamptz not null,
  -- With these three the call gets its row, at the hold's upper bound, if nobody ever settles it.
  bounds jsonb not null,
  output_tokens bigint not null,
  estimate jsonb not null
);
comment on table call_admissions is 'one row a call in flight, also for clients without a budget, so that a crash loses none';
create index call_admissions_expires_at on call_admissions (expires_at);
select catraca_secure('call_admissions');

create table budget_holds (
  call_id uuid not null,
  -- No foreign key: one check a hold was a quarter of what admission cost. The trigger below takes its place.
  budget_id uuid not null,
  period_start timestamptz not null,
  amount bigint not null check (amount >= 0),
  replica text not null,
  expires_at timestamptz not null,
  primary key (call_id, budget_id)
);
create index budget_holds_budget_id on budget_holds (budget_id);
select catraca_secure('budget_holds');

-- Runs after the cascade to budget_periods, which waits for admissions under way: their holds are there to be deleted by then.
create function catraca_remove_holds() returns trigger
language plpgsql
as $$
begin
  delete from budget_holds where budget_id = old.id;
  return null;
end
$$;
create trigger remove_holds after delete on budgets for each row execute function catraca_remove_holds();

create table budget_adjustments (
  id bigint generated always as identity primary key,
  call_id uuid not null,
  -- Null where the client has no budget: the truth about a call is kept all the same.
  budget_id uuid references budgets on delete cascade,
  period_start timestamptz,
  amount bigint not null,
  reason text not null,
  truth jsonb not null,
  created_at timestamptz not null default now(),
  unique nulls not distinct (call_id, budget_id)
);
comment on table budget_adjustments is 'append-only: the difference between an estimate that was charged and the truth that came later';
select catraca_secure('budget_adjustments');

create table budget_alerts (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references clients on delete cascade,
  budget_id uuid not null references budgets on delete cascade,
  period_start timestamptz not null,
  threshold smallint not null check (threshold in (80, 90, 100)),
  used bigint not null,
  "limit" bigint not null,
  created_at timestamptz not null default now(),
  unique (budget_id, period_start, threshold)
);
select catraca_secure('budget_alerts');

-- For what must be known of a client when the ledger itself cannot be asked.
create function client_has_hard_budget(p_client_id uuid) returns boolean
language sql
stable
as $$ select exists (select 1 from effective_budgets where client_id = p_client_id and pause_at_limit) $$;
revoke execute on function client_has_hard_budget(uuid) from public, anon, authenticated;
grant execute on function client_has_hard_budget(uuid) to catraca_gateway;
